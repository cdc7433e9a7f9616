"""Reports that are one object as JSON, and their rows as CSV."""

from collections.abc import Iterable

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from shared.web.sheet import Sheet


def answer_rows(request: Request, report: BaseModel, row: type[BaseModel], rows: Iterable[BaseModel]) -> Response:
    """Return `report`, or its `rows` where the caller accepts `text/csv`."""
    if "text/csv" in request.headers.get("accept", ""):
        sheet = Sheet(row)
        return Response(sheet.heading() + sheet.lines(rows), media_type="text/csv; charset=utf-8")
    return JSONResponse(report.model_dump(mode="json"))
