"""Billing: prices, subsidies, invoices, payments, claims, costs, the ledger and cost recovery."""
