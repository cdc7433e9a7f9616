"""What billing does as time passes."""

from typing import Final

from services.billing.commands.sealing import seal_ledger
from services.billing.settings import billing_settings
from shared.chores import Chore

CHORES: Final = (Chore("seal-ledger", billing_settings().seal_seconds, seal_ledger),)
