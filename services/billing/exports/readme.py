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

   Both prove that every entry adds up to zero in each currency and, through its prices, in the currency of the book;
   that every account was declared; and that every account had, at the end of every period, exactly the balance that the
   database states. Those balances were asked of the database and not added up from the text. Try it: change one amount
   by one cent, or the same cent on two lines of an entry, and check again.

   An entry that only changes what money in another currency is worth (a revaluation) moves no amount of that currency;
   it is written with amounts of 0 and its worth stands beside it as "base".

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

WHAT IS WHAT

  book.beancount, book.journal   the whole book for Beancount and for hledger
  journal.csv                    every line of every entry
  trial-balances.csv             every account in every period
  accounts.csv, chart.csv        the accounts, and the codes they belong to
  periods.csv                    the accounting periods and who closed them
  exchange-rates.csv             the rates of the programme, with their sources
  documents/                     invoices, credit notes, claims, payments, allocations, costs
  schema.csv                     every column of every table: what it holds and means
  manifest.json, SHA256SUMS      digests, counts and totals

  Amounts are exact decimals. Debits are positive where one column holds both sides. Days are days in the programme's
  country, moments are UTC. CSV is UTF-8 with commas, quotes where needed, lines ended by CR LF. A text that a
  spreadsheet would run as a formula has an apostrophe in front. The accounts 9110 and 9910 are memo accounts: what was
  contracted and not yet billed, outside the balance sheet; they cancel each other. Documents are shown as they stood
  when the file was made; the book as recorded by the moment above.
"""


def readme(book: Exported) -> str:
    """Return the text for `book`."""
    facts = "\n".join(f"  {name.replace('_', ' ')}: {' '.join(value.split())}" for name, value in book.facts)
    return _TEXT.format(facts=facts, entries=book.entries)
