from tests.api.conftest import *
from tests.api.site import *
import json, asyncio

async def test_probe(site: Site) -> None:
    async def show(name, r):
        print(name, r.status_code, r.headers.get("content-type"), r.text[:300])
    b = await site.base()
    await site.base("base-2021-03-2", city=OTHER)
    await show("list", await site.get("/api/bases"))
    await show("filter", await site.get("/api/bases", stage="认定授牌"))
    await show("limit", await site.get("/api/bases", limit=1))
    await show("limit0", await site.get("/api/bases", limit=0))
    await show("nul path", await site.get("/api/bases/%00"))
    await show("nul q", await site.get("/api/bases", cursor="\x00"))
    await show("nul body", await site.post("/api/contacts", {"name": "a\x00b"}))
    await show("surrogate", await site.http.post("/api/contacts", content=b'{"name": "\\ud800"}', headers=site._bearer("office")|{"content-type":"application/json"}))
    await show("big contact", await site.post("/api/contacts/99999999999/invite"))
    await show("big dir", await site.get("/api/bases", direction=99999999999))
    await show("big dirpost", await site.post("/api/bases", dict(code="1",round="2021",direction=10**12,name="x",lead="y",lead_kind="高等学校",level="省级",city="太原")))
    await show("big contact2", await site.post("/api/bases", dict(code="1",round="2021",direction=1,name="x",lead="y",lead_kind="高等学校",level="省级",city="太原", contact_id=10**12)))
    await show("existing", await site.post("/api/bases", dict(code="1",round="existing",direction=1,name="x",lead="y",lead_kind="高等学校",level="省级",city="太原")))
    await show("bearer nonascii", await site.http.get("/api/bases", headers={"Authorization": "Bearer é".encode("latin-1")}))
    await show("badjson", await site.http.post("/api/contacts", content=b'{"name": ', headers=site._bearer("office")|{"content-type":"application/json"}))
    await show("405", await site.http.put("/api/bases"))
    await show("404", await site.http.get("/nowhere"))
    await show("slash", await site.get("/api/bases/"))
    await show("rounds", await site.get("/api/rounds/2021"))
    await show("tl", await site.get("/api/bases/"+b+"/timeline"))
    await show("known code bad dir", await site.post("/api/bases", dict(code=b,round="2021",direction=99,name="x",lead="y",lead_kind="高等学校",level="省级",city="太原")))
    await show("nul reason", await asyncio.wait_for(site.decide(b, "不予受理", reason="a\x00b"),5))
