"""What an organisation's lists hold: accounts, tax rates, items, tracking, and so on. Read, and watched for changes."""
