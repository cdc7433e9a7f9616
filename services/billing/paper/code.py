"""QR codes of payments.

Into an IBAN in euro: the code that European banks read, EPC069-12 (version 002, SCT, UTF-8). Anywhere else there is no
common standard: the code holds the same facts as plain lines that a person can read after scanning.
"""

from decimal import Decimal
from typing import Final

import segno

from services.billing.domain.document import PaymentMeans
from shared.money import Money

_LEAST: Final = Decimal("0.01")
_MOST: Final = Decimal("999999999.99")
_NAME: Final = 70
_PAYLOAD: Final = 331
# Any of the eight masks can be read. Choosing the one that looks best takes longer than laying out the page.
_MASK: Final = 2


def is_epc(means: PaymentMeans, amount: Money) -> bool:
    """Tell whether EPC069-12 can say this payment: IBAN, euro, 0.01 to 999,999,999.99."""
    return means.iban is not None and amount.currency == "EUR" and _LEAST <= amount.decimal <= _MOST


def payload(means: PaymentMeans, receiver: str, amount: Money, reference: str | None, number: str) -> str:
    """Return the text of the code; `receiver` is used where the account names no holder."""
    holder = means.holder or receiver
    if not is_epc(means, amount):
        return _plain(means, holder, amount, reference, number)
    fields = [
        "BCD",
        "002",
        "1",
        "SCT",
        means.bic or "",
        "",
        means.iban or "",
        f"EUR{amount.amount}",
        "",
        reference or "",
        "" if reference else number[:140],
    ]
    name = " ".join(holder.split())[:_NAME]
    while len("\n".join(fields).encode()) + len(name.encode()) > _PAYLOAD:
        name = name[:-1]
    fields[5] = name
    return "\n".join(fields)


def _plain(means: PaymentMeans, holder: str, amount: Money, reference: str | None, number: str) -> str:
    # One fact a line, so that no name can pass for another fact.
    facts = {
        "REF": reference,
        "DOC": number,
        "AMT": str(amount),
        "ACC": means.iban or means.account,
        "BIC": means.bic,
        "BANK": means.bank,
        "TO": holder[:_NAME],
    }
    return "\n".join(f"{name}: {' '.join(value.split())[:_NAME]}" for name, value in facts.items() if value)


def picture(text: str) -> str:
    """Return the code of `text` as SVG, error correction M, with the quiet zone of four modules."""
    code = segno.make_qr(text, error="m", boost_error=False, encoding="utf-8", mask=_MASK)
    border = 4
    side = code.symbol_size(border=0)[0]
    parts = []
    for y, row in enumerate(code.matrix):
        start = None
        for x, dark in enumerate((*row, 0)):
            if dark and start is None:
                start = x
            elif not dark and start is not None:
                parts.append(f"M{start + border} {y + border}h{x - start}v1H{start + border}z")
                start = None
    whole = side + 2 * border
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" shape-rendering="crispEdges">'
        f'<rect width="{whole}" height="{whole}" fill="#fff"/><path d="{"".join(parts)}" fill="#000"/></svg>'
    )
