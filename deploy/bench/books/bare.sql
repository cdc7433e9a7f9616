-- What the posting function is measured beside: the same columns, the entry's primary key, and nothing else. In a schema
-- of its own, filled with as many rows as the ledger.
CREATE TABLE bare.entry (LIKE ledger.entry INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id));
CREATE TABLE bare.posting (LIKE ledger.posting INCLUDING DEFAULTS);
