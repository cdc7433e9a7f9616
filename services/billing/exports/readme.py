"""The words inside an audit file: what it is, and how a stranger checks it with tools we did not write."""

from services.billing.exports.book import Exported

_TEXT = """\
THE BOOK OF AN IMPLEMENTING PARTNER, TO CHECK

{facts}
  entries: {entries}

This archive holds one partner's whole double-entry book, the documents behind it, and the means to check both. You need
neither our programs nor our help. What follows takes about ten minutes.

1. NOTHING WAS CHANGED SINCE THE EXPORT

     sha256sum -c SHA256SUMS

   manifest.json lists the same digests with the number of rows and the totals of every table. The partner can export
   again: as long as nothing new was recorded, the archive is the same to the last byte.

2. THE BOOK BALANCES, BY TWO PROGRAMS OF OTHER PEOPLE

     bean-check book.beancount                        (Beancount 3; pip install beancount; silence means no error)
     hledger -f book.journal check -s ordereddates    (hledger 1.25 or newer; silence means no error)

   (hledger wants a UTF-8 locale, such as LC_ALL=C.UTF-8.) Both prove that every entry adds up to zero in each currency
   and, through its prices, in the currency of the book; that every account was declared; and that every account had, at
   the end of every period, exactly the balance that the database states. Those balances were asked of the database and
   not added up from the text. Try it: change one amount by one cent, or the same cent on two lines of an entry, and
   check again.

   A line that only changes what money in another currency is worth, as in a revaluation, moves no amount of that
   currency and can carry no price. Its entry is written with an amount of 0 there and without prices, and the worth of
   each line stands beside it as "base".

3. THE TABLES SAY THE SAME

     hledger -f book.journal balance --flat --empty --no-total

   gives the balance of every account; accounts.csv has the same in the columns text_name and balance.
   trial-balances.csv has every period: opening + debits - credits = closing, and in the currency of the book the
   closings of a period add up to 0. journal.csv has every line; its base_debit and base_credit have the same total.

4. THE DOCUMENTS ARE IN THE BOOK

   Each entry names its document: source_type, source_id and document in journal.csv, "source", "source-id" and
   "document" in the text journals. The ids are those of the tables in documents/. To see all of one invoice:

     hledger -f book.journal print tag:source-id=ID

   documents/number-series.csv states for each series which numbers are missing: each line says "complete", or "GAP"
   with the numbers.

5. NOTHING WAS TAKEN BACK IN SILENCE

   No entry is ever changed or removed. A mistake is reversed by an entry of its own, on a day of its own: the columns
   reverses and reversed_by name the pair, and both carry one link ^reversal-... in book.beancount. recorded_at says
   when each entry was written; where fact_on is earlier than effective_on, the fact came late and its own period was
   closed.

6. NOBODY REWROTE THE DATABASE

   Soon after an entry is posted it is sealed: hashed with all it says, and chained to the block of entries before. The
   hash of each block is published at once as an event (billing.ledger-sealed), so whoever keeps one of them, as a donor
   may, can see later whether anything up to it was changed: compare it with the column hash of seals/blocks.csv.
   seals/contents.txt has the very text that was hashed. The program below needs nothing but Python. Save it beside this
   file as check.py and run it: it computes the chain anew and compares what was sealed with journal.csv.

{program}
WHAT IS WHAT

  book.beancount, book.journal   the whole book for Beancount and for hledger
  journal.csv                    every line of every entry
  trial-balances.csv             every account in every period
  accounts.csv, chart.csv        the accounts, and the codes they belong to
  periods.csv, period-steps.csv  the accounting periods, who closed and who reopened them
  exchange-rates.csv             the rates of the programme, with their sources
  documents/                     invoices, credit notes, claims, payments, allocations, costs, bank lines, vouchers
  seals/                         the hash chain
  schema.csv                     every column of every table: what it holds and means
  manifest.json, SHA256SUMS      digests, counts and totals

  Amounts are exact decimals. Debits are positive where one column holds both sides. Days are days in the programme's
  country, moments are UTC. CSV is UTF-8 with commas, quotes where needed, lines ended by CR LF. A text that a
  spreadsheet would run as a formula has an apostrophe in front. The accounts 9110 and 9910 are memo accounts: what was
  contracted and not yet billed, outside the balance sheet; they cancel each other. Documents are shown as they stood
  when the file was made; the book as recorded by the moment above.
"""

_PROGRAM = """\
import csv, hashlib, json
from itertools import groupby

def table(name):
    return csv.DictReader(open(name, encoding="utf-8", newline=""))

def minor(debit, credit):
    return int((debit or "-" + credit).replace(".", ""))

book = json.load(open("manifest.json", encoding="utf-8"))["book"]
lines = {}
for row in table("journal.csv"):
    amounts = minor(row["debit"], row["credit"]), minor(row["base_debit"], row["base_credit"])
    lines.setdefault(row["entry"], []).append([int(row["line"]), row["code"], row["currency"], *amounts])
texts = open("seals/contents.txt", encoding="utf-8", newline="").read().split("\\n")
blocks = {row["seq"]: row for row in table("seals/blocks.csv")}
link, number = hashlib.sha256(f"scorebook ledger {book}".encode()).digest(), 0
for seq, rows in groupby(table("seals/entries.csv"), lambda row: row["seq"]):
    block, hashes = blocks.pop(seq), b""
    for row in rows:
        text, number = texts[number], number + 1
        digest = hashlib.sha256(text.encode()).digest()
        said = json.loads(text)
        sealed = [[line[0], line[1], line[2], line[4], line[5]] for line in said[15]]
        assert digest.hex() == row["content_hash"], f"entry {row['entry']} was changed after it was sealed"
        assert said[0] == row["entry"] and sealed == lines.pop(row["entry"]), f"entry {row['entry']}: not as sealed"
        hashes += digest
    assert block["previous_hash"] == link.hex(), f"block {seq} does not follow the one before"
    link = hashlib.sha256(link + hashes).digest()
    assert block["hash"] == link.hex(), f"block {seq} is not what was sealed"
assert not blocks and number == len(texts) - 1, "a block or an entry is missing"
print(f"{number} entries are as they were sealed; {len(lines)} are not sealed yet. Head: {link.hex()}")
"""


def readme(book: Exported) -> str:
    """Return the text for `book`."""
    facts = "\n".join(f"  {name.replace('_', ' ')}: {' '.join(value.split())}" for name, value in book.facts)
    program = "".join(f"     {line}".rstrip() + "\n" for line in _PROGRAM.splitlines())
    return _TEXT.format(facts=facts, entries=book.entries, program=program)
