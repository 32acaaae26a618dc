"""Whether the tests of the walls would notice: every policy, key, criterion and clause is taken out in turn.

`make mutations` prints the table. A survivor is a hole that no test would find, and fails.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from app.extensions import db
from app.tenancy import company_tables
from tests.house import test_lookups as lookups
from tests.house import test_row_level_security as policies
from tests.house import test_scope as guard
from tests.house.belts import policies_off
from tests.house.rooms import Base, Room, base, house
from tests.proof import mutants
from tests.proof.mutants import Mutant, Test

__all__ = ["base", "house"]
pytestmark = [pytest.mark.proof, pytest.mark.timeout(1200)]
TABLES = {table.name for table in company_tables()}


def test_every_stone_that_is_taken_out_is_missed(base: Base, house: Room):
    everything = [
        *of_policies(base),
        *of_keys(base),
        *of_guard(house),
        *of_lookups(base),
    ]
    _whole(everything)
    survived = []
    counted: Counter[tuple[str, bool]] = Counter()
    for mutant in everything:
        with mutant.put_in():
            killed = any(_notices(test) for test in mutant.tests)
        counted[mutant.kind, killed] += 1
        if not killed:
            survived.append(f"{mutant.kind}: {mutant.name}")
    _whole(everything)
    _print(counted)
    assert not survived, "survived:\n" + "\n".join(survived)


def _whole(everything: list[Mutant]) -> None:
    """Nothing is noticed while nothing is missing."""
    for test in dict.fromkeys(test for mutant in everything for test in mutant.tests):
        test()


def _notices(test: Test) -> bool:
    try:
        test()
    except (Exception, pytest.fail.Exception):  # noqa: BLE001  a red test, whatever way it turned red
        return True
    return False


def _print(counted: Counter[tuple[str, bool]]) -> None:
    print(f"\n{'removed':<46}{'tried':>7}{'killed':>8}{'survived':>10}")
    for kind in dict.fromkeys(kind for kind, _ in counted):
        killed, lived = counted[kind, True], counted[kind, False]
        print(f"{kind:<46}{killed + lived:>7}{killed:>8}{lived:>10}")
    killed, tried = sum(n for (_, dead), n in counted.items() if dead), counted.total()
    print(f"mutations: {killed} of {tried} killed")


def of_policies(base: Base) -> Iterator[Mutant]:
    for table, conditions in mutants.policies(base.superuser).items():
        for way, put_in in mutants.of_policies(base.superuser, table, *conditions).items():
            catalogue = (_remembered(policies.test_every_company_table_is_walled, base),)
            tests = catalogue if way == "not forced" else _tests_of_policy(base, table)
            yield Mutant(f"a policy ({way})", table, put_in, tests)


def _tests_of_policy(base: Base, table: str) -> tuple[Test, ...]:
    if table == "mails":
        return (_remembered(policies.test_a_mail_is_its_companys_or_a_persons_own, base),)
    if table == "platform_events":
        return (_remembered(policies.test_the_operators_log_shows_a_company_its_own_rows, base),)
    found = [
        policies.test_raw_sql_sees_its_own_company_only,
        policies.test_a_row_for_another_company_is_refused,
    ]
    if table in TABLES - policies.ADDED_TO_ONLY - policies.DECIDED:
        found += [
            policies.test_raw_writes_stay_in_the_company,
            policies.test_a_row_is_not_given_to_another_company,
        ]
    return tuple(_remembered(test, base, table) for test in found)


_made: dict[tuple[Any, ...], Test] = {}


def _remembered(test: Any, *arguments: Any) -> Test:
    """The test with its arguments: the same object for the same, so that it is controlled once."""
    key = (test.__name__, *(one for one in arguments if isinstance(one, str | type)))
    return _made.setdefault(key, lambda: test(*arguments))


def of_keys(base: Base) -> Iterator[Mutant]:
    referred = {(table, column): to for table, column, to in policies.references()}
    for (table, column), (name, _) in mutants.keys(base.superuser).items():
        test = policies.test_a_reference_across_companies_is_refused
        yield Mutant(
            "a key's company",
            name,
            lambda table=table, name=name: mutants.without_company(base.superuser, table, name),
            (_remembered(test, base, table, column, referred[table, column]),),
        )


def of_guard(house: Room) -> Iterator[Mutant]:
    def alone(test: Any, *arguments: Any) -> Test:
        """Row-level security is off: nothing else helps."""

        def run() -> None:
            with policies_off(house.superuser), house.app.app_context():
                try:
                    test(house, *arguments)
                finally:
                    db.session.rollback()

        return run

    def within(test: Any, *arguments: Any) -> Test:
        def run() -> None:
            with house.app.app_context():
                try:
                    test(house, *arguments)
                finally:
                    db.session.rollback()

        return run

    for model in guard.MODELS:
        tests = (alone(guard.test_the_guard_alone_keeps_every_model_to_one_company, model),)
        hook = mutants.forgets(guard.MODELS, model)
        yield Mutant(
            "the guard's criteria of a model", model.__name__, lambda hook=hook: mutants.guard(hook), tests
        )
        yield Mutant(
            "the guard's refusal of a model",
            model.__name__,
            lambda hook=hook: mutants.guard(hook),
            (within(guard.test_outside_a_scope_every_model_raises, model),),
        )
    forms = tuple(alone(guard.test_the_guard_alone_keeps_to_one_company, form) for form in guard.SCOPED)
    writes = (alone(guard.test_the_guard_alone_keeps_writes_to_one_company),)
    raising = tuple(within(guard.test_outside_a_scope_it_raises, form) for form in guard.STATEMENTS)
    careless = {
        "selects": (mutants.careless(selects=False), forms),
        "updates": (mutants.careless(updates=False), writes),
        "deletes": (mutants.careless(deletes=False), writes),
        "aliases": (mutants.careless(aliases=False), forms),
        "raising": (mutants.careless(raises=False), raising),
        "the company itself": (
            mutants.careless(),
            (alone(guard.test_the_guard_alone_shows_the_company_itself_and_no_other),),
        ),
        "all but the main entity": (mutants.main_entity_only, forms),
    }
    for name, (hook, tests) in careless.items():
        yield Mutant("a promise of the guard", name, lambda hook=hook: mutants.guard(hook), tests)
    unchecked = (
        within(guard.test_new_rows_are_stamped),
        within(guard.test_a_row_of_another_company_is_refused),
    )
    yield Mutant("a promise of the guard", "rows are checked", mutants.rows_unchecked, unchecked)


def of_lookups(base: Base) -> Iterator[Mutant]:
    tests = tuple(
        _remembered(test, base)
        for test in (
            lookups.test_every_companys_health_is_its_own,
            lookups.test_a_person_is_told_their_own_places_and_visits,
            lookups.test_a_link_opens_its_own_invitation,
            lookups.test_due_operations_come_with_their_own_company,
            lookups.test_an_organisation_is_told_with_who_connected_it,
            lookups.test_who_belongs_somewhere_is_not_told_as_belonging_nowhere,
        )
    )
    for function, clause, definition in mutants.clauses(base.superuser):
        yield Mutant(
            "a lookup's clause",
            f"{function}: {clause}",
            lambda function=function, definition=definition: mutants.replaced(
                base.superuser, function, definition
            ),
            tests,
        )
