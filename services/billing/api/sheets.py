"""Reports that are one document: JSON as a whole, or their rows as CSV."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel

from shared.web.sheet import Sheet


def answer_report(request: Request, report: BaseModel, rows: Sequence[BaseModel], row: type[BaseModel]) -> Response:
    """Return `report` as JSON, or its `rows`, all of type `row`, where `Accept: text/csv` asks for a sheet."""
    if "text/csv" in request.headers.get("accept", ""):
        sheet = Sheet(row)
        return Response(sheet.heading() + sheet.lines(rows), media_type="text/csv; charset=utf-8")
    return JSONResponse(report.model_dump(mode="json", by_alias=True))
