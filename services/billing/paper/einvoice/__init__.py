"""E-invoices by EN 16931-1, in both of its syntaxes: CII (inside the PDF, as Factur-X) and UBL 2.1."""
