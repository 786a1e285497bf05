"""Webhooks of the ERP: rows that it sends by itself, signed as the Standard Webhooks specification has it."""

import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from serving.accounts.identity import Identity
from serving.api.access import services_of
from serving.api.once import once
from serving.api.problems import refuse
from serving.api.routes.landing import ErpRows, LandedDocuments, land_rows

router = APIRouter(prefix="/webhooks", tags=["landing"])
SENDER = Identity("key", "erp-webhook", "the ERP's webhook", frozenset({"landing"}))
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": ErpRows.model_json_schema()}}}
}


@router.post("/erp", status_code=202, response_model=LandedDocuments, openapi_extra=BODY)
async def erp(request: Request) -> JSONResponse:
    """Land rows that the ERP sends: the body of `/v1/landing/orders`, signed. A message that comes again lands once.

    Headers `webhook-id`, `webhook-timestamp`, `webhook-signature`; needs no key.
    """
    from resources.pim.signatures import SignatureError, key_of, verified_id

    services = services_of(request)
    secret = services.settings.erp_webhook_secret
    if secret is None:
        raise refuse(404, "this installation takes no webhooks of an ERP: LACQUER_ERP_WEBHOOK_SECRET is not set")
    body = await request.body()
    try:
        webhook_id = verified_id(key_of(secret.get_secret_value()), request.headers, body, time.time())
    except SignatureError as error:
        raise refuse(401, str(error)) from None
    try:
        rows = ErpRows.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        raise refuse(422, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None
    return await run_in_threadpool(
        once, services, SENDER, request, f"webhook {webhook_id}", rows, lambda: land_rows(services, rows), 202
    )
