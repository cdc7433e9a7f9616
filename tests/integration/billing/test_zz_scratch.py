import csv, time
from datetime import date
from pathlib import Path
import pytest
from shared.ids import new_id
from shared.events.enrollment import *
from shared.events.vocabulary import *
from tests.integration.billing.facts import module_offer, START
from tests.integration.billing.world import World
pytestmark = pytest.mark.integration
D = Path("deploy/demo/bolivia")
def rows(n): return list(csv.DictReader((D/f"{n}.csv").read_text().splitlines()))
async def test_bolivia(world: World) -> None:
    w = world; c = w.client
    P, F, T, E = {}, {}, {}, {}
    firms = {r["code"]: r for r in rows("enterprises")}; tr = {r["code"]: r for r in rows("trainings")}
    for r in rows("partners"):
        P[r["code"]] = await w.join(region=r["region"] or None)
    size = lambda f: "small" if int(f["women"])+int(f["men"]) <= 50 else "medium"
    for k, f in firms.items(): F[k] = await w.enterprise(size(f), P[f["partner"]])
    for k, t in tr.items(): T[k] = await w.training(t["module"], P[t["partner"]], Delivery(t["delivery"]), t["region"])
    for r in rows("price_list"):
        if r["module"] in ("WPC","OSH"):
            await w.done("/prices", {"partner_id": str(P[r["partner"]]), "module": r["module"], "valid_from": r["valid_from"], "price": w.money(r["price"])})
    A = {}
    for r in rows("subsidies"):
        A[r["code"]] = await w.done("/agreements", {"code": r["code"], "payer_class": r["payer_class"], "payer_name": r["payer_name"], "partner_id": str(P[r["partner"]]) if r["partner"] else None,
            "shares":[{"size_class": r["size_class"], "share_pct": r["share_pct"]}], "ceiling": w.money(r["ceiling"]), "valid_from": r["valid_from"], "valid_to": r["valid_to"]})
    t0=time.time(); recs=[]
    for r in rows("enrolments"):
        t=tr[r["training"]]; eid=new_id(); E[r["training"],r["enterprise"]]=eid
        recs.append(c.record(w.enrolled(eid, F[r["enterprise"]], T[r["training"]], size=size(firms[r["enterprise"]]), on=date.fromisoformat(r["enrolled_on"]), module=t["module"], partner=P[t["partner"]], delivery=Delivery(t["delivery"]), region=t["region"]), aggregate_id=eid, programme=w.programme))
    await c.deliver_records(*recs)
    print("drafts", len(recs), "in", time.time()-t0)
    inv={}
    for r in rows("enrolments"):
        key=(r["training"],r["enterprise"]); eid=E[key]
        if r["outcome"]=="withdrawn":
            await w.withdraw(eid, F[r["enterprise"]], T[r["training"]], date.fromisoformat(r["outcome_on"]))
            continue
        d=await w.invoice_of(eid)
        inv["/".join(key)] = await w.done(f"/invoices/{d['id']}/issue", {"issued_on": tr[r["training"]]["day1"], "due_on": tr[r["training"]]["day2"]})
        await w.endline(eid, F[r["enterprise"]], T[r["training"]], date.fromisoformat(r["outcome_on"]))
        await w.complete(eid, F[r["enterprise"]], T[r["training"]], date.fromisoformat(r["outcome_on"]), tr[r["training"]]["module"])
    for r in rows("costs"):
        await w.done("/costs", {"partner_id": str(P[r["partner"]]), "training_id": str(T[r["training"]]) if r["training"] else None, "kind": r["kind"], "funding": r["funding"], "incurred_on": r["incurred_on"], "amount": w.money(r["amount"]), "description": r["description"]})
    cl={}
    for r in rows("claims"):
        x=await w.done("/claims", {"agreement_id": A[r["agreement"]]["id"], "partner_id": str(P[r["partner"]]), "submitted_on": r["claimed_on"], "training_ids": [str(T[t]) for t in r["trainings"].split(";")]})
        await w.done(f"/claims/{x['id']}/approve", {"approved_on": r["approved_on"], "amount": x["submitted"]})
        cl[r["partner"], r["agreement"], r["claimed_on"][:7]] = x
    for r in rows("payments"):
        claim=cl.get((r["partner"], r["payer"], r["reference"]))
        ref = inv.get(r["reference"],{}).get("number","") or r["reference"]
        p=await w.done("/payments", {"partner_id": str(P[r["partner"]]), ("agreement_id" if claim else "enterprise_id"): A[r["payer"]]["id"] if claim else str(F[r["payer"]]), "received_on": r["received_on"], "amount": w.money(r["amount"]), "reference": ref, "method": r["method"]})
        if claim: await w.done(f"/payments/{p['id']}/allocations", {"claim_id": claim["id"], "amount": p["amount"], "allocated_on": r["received_on"]})
        elif r["reference"] in inv: await w.done(f"/payments/{p['id']}/allocate", {"allocated_on": r["received_on"]})
    for b in ("contracted","invoiced","received"):
        print(b, await w.recovery(b))
    t0=time.time(); await w.clean(); print("clean", time.time()-t0)
    for p in P.values(): print(await w.balances(p))
