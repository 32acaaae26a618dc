-- Leave to call Xero, decided in one step for everybody (design 5).
--
-- KEYS  1 log of an organisation's sends   2 its leases   3 what is known of it   4 and 5 the same for the whole app
-- ARGV  1 verb: enter, leave or look   2 settings as JSON (milliseconds)   3 organisation, "" for none   then by verb
--
-- A send stands in the log under the latest moment at which Xero can have counted it: far ahead while it is under
-- way, the moment of its reply afterwards. It leaves the log one window later. So no window of Xero's, fixed or
-- rolling, can hold more of our calls than the log does, whatever the latency.

local verb, set, organisation = ARGV[1], cjson.decode(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function read(key, ...)
  local found, values, asked = redis.call('HMGET', key, ...), {}, select('#', ...)
  for i = 1, asked do
    values[i] = tonumber(found[i] or nil)
  end
  return unpack(values, 1, asked)
end

-- Milliseconds until fewer than `cap` calls are counted; nil when that is so now.
local function full(log, foreign, foreign_until, cap)
  local own = redis.call('ZCOUNT', log, '(' .. string.format('%.0f', now - set.window), '+inf')
  local others = (foreign_until or 0) > now and foreign or 0
  if own + others < cap then
    return nil, own
  end
  local wait = others > 0 and foreign_until - now or nil
  local must_go = own + others - cap
  if must_go < own then
    local from_log = redis.call('ZRANGE', log, must_go, must_go, 'WITHSCORES')
    local own_wait = from_log[2] + set.window - now
    wait = wait and math.min(wait, own_wait) or own_wait
  end
  return math.max(1, wait or set.window), own
end

local function enter()
  local pass, interactive = ARGV[4], ARGV[5] == '1'
  local app_blocked, app_foreign, app_foreign_until, app_seq, app_born =
    read(KEYS[5], 'blocked_until', 'foreign', 'foreign_until', 'seq', 'born')
  if (app_blocked or 0) > now then
    return { 0, app_blocked - now, 'app' }
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - set.window)
  local app_cap = set.app_limit - (interactive and 0 or set.app_reserve)
  local app_wait, app_used = full(KEYS[4], app_foreign, app_foreign_until, app_cap)
  if app_wait then
    return { 0, app_wait, 'app' }
  end

  local used, seq, born, beside = 0, 0, 0, 0
  if organisation ~= '' then
    local blocked, day_left, day_limit, day_until, foreign, foreign_until, person_until, latency
    blocked, day_left, day_limit, day_until, foreign, foreign_until, person_until, latency, seq, born =
      read(KEYS[3], 'blocked_until', 'day_left', 'day_limit', 'day_until', 'foreign', 'foreign_until',
        'person_until', 'latency', 'seq', 'born')
    if interactive then
      redis.call('HSET', KEYS[3], 'person_until', now + set.person)
      redis.call('PEXPIRE', KEYS[3], set.remember)
    end
    if (blocked or 0) > now then
      return { 0, blocked - now, redis.call('HGET', KEYS[3], 'blocked_by') or 'blocked' }
    end

    if day_until and day_until <= now then
      redis.call('HDEL', KEYS[3], 'day_left', 'day_until')
      day_left = nil
    end
    local kept = interactive and 0 or math.ceil((day_limit or 0) * set.day_reserve)
    if day_left and day_left <= kept then
      return { 0, (day_until or now + set.window) - now, 'day' }
    end

    redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
    -- Nothing known (first call ever, or Redis was emptied): one call alone, whose reply tells what is left.
    local places = born and set.at_once - (interactive and 0 or set.lease_reserve) or 1
    beside = redis.call('ZCARD', KEYS[2])
    if beside >= places then
      return { 0, math.min(2000, math.max(50, latency or 250)), 'concurrent' }
    end

    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - set.window)
    local cap = set.minute_limit
    if not interactive then
      cap = cap - ((person_until or 0) > now and set.minute_reserve_with_people or set.minute_reserve)
    end
    local wait
    wait, used = full(KEYS[1], foreign, foreign_until, cap)
    if wait then
      return { 0, wait, 'minute' }
    end

    used = used + 1
    seq = redis.call('HINCRBY', KEYS[3], 'seq', 1)
    if day_left then
      redis.call('HINCRBY', KEYS[3], 'day_left', -1)
    end
    redis.call('ZADD', KEYS[1], now + set.lease, pass)
    redis.call('ZADD', KEYS[2], now + set.lease, pass)
    redis.call('PEXPIRE', KEYS[1], set.lease + set.window)
    redis.call('PEXPIRE', KEYS[2], set.lease)
    redis.call('PEXPIRE', KEYS[3], set.remember)
  end
  redis.call('ZADD', KEYS[4], now + set.lease, pass)
  redis.call('PEXPIRE', KEYS[4], set.lease + set.window)
  app_seq = redis.call('HINCRBY', KEYS[5], 'seq', 1)
  redis.call('PEXPIRE', KEYS[5], set.remember)
  return { 1, now, born or 0, seq or 0, used, app_born or 0, app_seq, app_used + 1, beside }
end

-- What Xero counted beyond our own calls is somebody else's, or our own from before Redis was emptied. Ours, as far as
-- Xero can have counted them by then: what the log held when this call went out, and everything sent since.
local function compare(state, limit, left, born_then, seq_then, used_then)
  local foreign, foreign_until, seq, born = read(state, 'foreign', 'foreign_until', 'seq', 'born')
  local ours = seq or 0
  if (born or 0) == born_then and ours >= seq_then then
    ours = used_then + ours - seq_then
  end
  local others = limit - left - ours
  if others > ((foreign_until or 0) > now and foreign or 0) then
    redis.call('HSET', state, 'foreign', others, 'foreign_until', now + set.window)
  end
end

-- Our own count falls by one with each call sent, so it is right unless somebody else calls too or a call never
-- arrived. A reply may be long overtaken, so what was sent since is taken off its figure; that is right to within the
-- calls that were on their way together, so a small difference means nothing, but near the end the lower figure counts.
-- The reply to a call that was alone on its way tells it exactly.
local function learn_day(told, seq, beside)
  local before, limit, day_until, latest = read(KEYS[3], 'day_left', 'day_limit', 'day_until', 'seq')
  local since = math.max(0, (latest or 0) - seq)
  local left = told - since
  local rise = before and left - before or 0
  local small = 2 * set.at_once
  local new_day = before and rise > math.max(small, (limit or 0) / 50)
  if new_day or not day_until then
    day_until = now + set.day
  end
  if not limit or told >= limit or rise > limit / 10 then
    limit = told + 1
    for _, tier in ipairs(set.day_limits) do
      if told < tier then
        limit = tier
        break
      end
    end
  end
  if before and not new_day and not (beside == 0 and since == 0) then
    if left < 5 * small then
      left = math.min(before, left)
    elseif math.abs(rise) <= small then
      left = before
    end
  end
  redis.call('HSET', KEYS[3], 'day_left', math.max(0, left), 'day_limit', limit, 'day_until', day_until)
end

local function leave()
  local pass, replied = ARGV[4], ARGV[5] == '1'
  local minute_left, day_left, app_left = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
  local limited, pause = ARGV[9], tonumber(ARGV[10])
  local entered, born, seq, used = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13]), tonumber(ARGV[14])
  redis.call('ZADD', KEYS[4], 'XX', now, pass)
  if app_left then
    compare(KEYS[5], set.app_limit, app_left, tonumber(ARGV[15]), tonumber(ARGV[16]), tonumber(ARGV[17]))
    redis.call('HSETNX', KEYS[5], 'born', now)
    redis.call('PEXPIRE', KEYS[5], set.remember)
  end
  if limited == 'app' then
    redis.call('HSET', KEYS[5], 'blocked_until', now + pause)
    redis.call('PEXPIRE', KEYS[5], set.remember)
  end
  if organisation == '' then
    return {}
  end
  redis.call('ZREM', KEYS[2], pass)
  redis.call('ZADD', KEYS[1], 'XX', now, pass)
  if not replied then
    return {}
  end
  if minute_left then
    compare(KEYS[3], set.minute_limit, minute_left, born, seq, used)
  end
  if day_left then
    learn_day(day_left, seq, tonumber(ARGV[18]))
  end
  local latency, blocked = read(KEYS[3], 'latency', 'blocked_until')
  local took = math.max(1, now - entered)
  redis.call('HSETNX', KEYS[3], 'born', now)
  redis.call('HSET', KEYS[3], 'latency', math.floor(latency and latency * 0.8 + took * 0.2 or took))
  if limited ~= '' and limited ~= 'app' and now + pause > (blocked or 0) then
    redis.call('HSET', KEYS[3], 'blocked_until', now + pause, 'blocked_by', limited)
    if limited == 'day' then
      redis.call('HSET', KEYS[3], 'day_left', 0, 'day_until', now + pause)
    end
  end
  redis.call('PEXPIRE', KEYS[3], set.remember)
  return {}
end

local function look()
  local blocked, day_left, day_limit, day_until, foreign, foreign_until =
    read(KEYS[3], 'blocked_until', 'day_left', 'day_limit', 'day_until', 'foreign', 'foreign_until')
  local used = redis.call('ZCOUNT', KEYS[1], '(' .. string.format('%.0f', now - set.window), '+inf')
  if (foreign_until or 0) > now then
    used = used + foreign
  end
  if day_until and day_until <= now then
    day_left, day_until = nil, nil
  end
  local in_flight = redis.call('ZCOUNT', KEYS[2], '(' .. string.format('%.0f', now), '+inf')
  local function told(value)
    return value or -1
  end
  return { used, in_flight, told(day_left), told(day_limit), told(day_until),
    (blocked or 0) > now and blocked or -1 }
end

return ({ enter = enter, leave = leave, look = look })[verb]()
