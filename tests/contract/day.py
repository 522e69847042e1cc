"""The day of a caller: a good request to every operation, in an order in which each finds what it needs. Responses are checked against the API description, and the resources that they name are remembered."""

import re
import time
from collections import Counter, defaultdict

import requests
import schemathesis
from schemathesis.checks import CHECKS

import callers
import checks
from good import ORGANISATION, PASSWORD, PNG, WHY, ZONE

USER = "/api/admin/users/{id}"
PATIENCE = 60
# Seconds; an invitation is sent again once a minute.
RESENT_AFTER = 61
# The bytes of the example of a file.
SONG = b"la la la"


class Day:
    """Sends requests for one caller."""

    def __init__(self, schema, url, caller, companion, root, things, good, address, txt_records):
        self.operations = {operation.ok().label: operation.ok() for operation in schema.get_all_operations()}
        self.url, self.caller, self.companion, self.root = url, caller, companion, root
        self.things, self.good, self.address = things, good, address
        self.txt_records = txt_records
        self.session, self.sent = requests.Session(), None
        self.statuses, self.wrong, self.told, self.counted = defaultdict(Counter), [], [], 0
        self.checks = CHECKS.get_by_names(checks.BUILT_IN + checks.OURS)

    def ask(self, label, *values, query=None, body=None, media="application/json", account=None, accept=None):
        """Sends one request; returns the response's JSON if it succeeds. Parameters that are not given come from known resources."""
        operation = self.operations.get(label)
        if operation is None:
            return None
        if "{" in operation.path and not values:
            values = self.things.pick(operation.path, lambda found: found[-1])
        names = re.findall(r"\{([^}]*)\}", operation.path)
        if values is None or len(values) < len(names):
            return None
        if body is None and operation.body:
            body = self.good.body(label)
        account = account or self.caller.account(label)
        headers = {"Accept": accept or "application/json"}
        if account is not None:
            headers["Authorization"] = f"Bearer {account.bearer()}"
        if label == callers.SIGNED:
            headers["Stripe-Signature"] = callers.TO_BE_SIGNED
        extra = {} if body is None else {"body": body, "media_type": media}
        case = operation.Case(path_parameters=dict(zip(names, values)), query=query or {}, headers=headers, **extra)
        checks.caller["kind"] = self.caller.kind if account is None else None
        self.come_from(label)
        response = case.call(base_url=self.url, session=self.session, allow_redirects=False)
        self.statuses[label][response.status_code] += 1
        refusal = f" {response.text}" if response.status_code >= 400 else ""
        self.told.append(f"{response.status_code} {case.method} {case.formatted_path}{refusal}\n")
        try:
            case.validate_response(response, checks=self.checks)
        except Exception as failure:
            self.wrong.append(f"{label}: {failure}")
        if account is not None and (response.status_code == 401 or "logout" in label or label.endswith("/sessions")):
            account.token = None
        if not 200 <= response.status_code < 400:
            return None
        try:
            answer = response.json()
        except ValueError:
            answer = {}
        self.things.learn(operation.path, tuple(values), answer, response.text or "")
        return answer

    def come_from(self, label):
        self.counted += label in callers.COUNTED
        callers.call_from(f"{self.address}.{100 + self.counted % 100 if label in callers.COUNTED else 1}")

    def until(self, label, *values, done, account=None):
        """Repeats the request until its background work is done."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            answer = self.ask(label, *values, account=account)
            if answer is None or done(answer):
                return answer
            time.sleep(0.2)
        self.wrong.append(f"{label}: not done within {PATIENCE} seconds")
        return None

    def letter(self, to, pattern, besides=()):
        """What a pattern finds in an email to an address, as root reads it in the log; texts that were found before are passed over."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with callers.elsewhere("127.0.9.9"):
                headers = {"Authorization": f"Bearer {self.root.bearer()}"}
                letters = requests.get(f"{self.url}/api/admin/email/logs?limit=50", headers=headers, timeout=30).json()["data"]
            for letter in letters:
                found = re.search(pattern, letter["body"]) if letter["to"] == to else None
                if found and found.group(1) not in besides:
                    return found.group(1)
            time.sleep(0.2)
        self.wrong.append(f"no letter to {to} says {pattern}")
        return "none"

    def live(self):
        """The whole day."""
        self.arrive()
        if self.caller.kind != "nobody":
            self.guard_the_account()
            self.own_account()
            self.organisations()
            self.staff_work()
            self.exports()
            self.deletions()
        for label in sorted(self.operations):
            # Read operations are repeated, and the remaining operations are called.
            if label.startswith("GET ") or label not in self.statuses:
                self.ask(label)
        self.ask("GET /", accept="text/html")

    def arrive(self):
        said, kind = self.good.said, self.caller.kind
        made = self.good.body("POST /api/users/register")
        if self.ask("POST /api/users/register", body=made) is None:
            return
        said["verify-email"] = self.letter(made["email"], r"\?confirm=([\w.-]+)")
        self.ask("POST /api/users/verify-email")
        self.ask("POST /api/users/verify-email", media="application/x-www-form-urlencoded")
        self.ask("POST /api/users/forgot-password", body={"email": made["email"]})
        said["reset-password"] = self.letter(made["email"], r"\?reset=([\w.-]+)")
        self.ask("POST /api/users/reset-password")
        tokens = self.ask("POST /api/sessions/login", body={"email": made["email"], "password": PASSWORD})
        said["refresh"] = tokens and tokens["refreshToken"] or "none"
        self.ask("POST /api/sessions/refresh")
        if kind == "nobody":
            self.good.emails.append(made["email"])

    def guard_the_account(self):
        """With a spare account: requests that end sessions, and the second factor."""
        started = self.ask("POST /api/sessions/two-factor")
        if started:
            self.good.said["two-factor"] = started["secret"]
            confirmed = self.ask("POST /api/sessions/two-factor/confirm")
            if confirmed:
                self.good.said["recovery"] = confirmed["recoveryCodes"][0]
                self.ask("DELETE /api/sessions/two-factor")
        self.ask("POST /api/sessions/logout-all")
        self.ask("POST /api/sessions/logout")
        self.ask("DELETE /api/users/{id}/sessions", "me")
        self.ask("PUT /api/users/me")
        self.ask("PUT /api/users/{id}", "me")
        spare = self.caller.account("POST /api/users/me/deletion-request")
        self.ask("POST /api/users/me/deletion-request", account=spare)
        self.ask("GET /api/users/me/deletion-request", account=spare)
        self.ask("DELETE /api/users/me/deletion-request", account=spare)

    def own_account(self):
        self.ask("GET /api/users/me")
        self.ask("POST /api/users/{id}/avatar", "me", body=PNG, media="image/png")
        self.ask("DELETE /api/users/{id}/avatar", "me")
        for _ in range(3):
            self.ask("POST /api/apikeys")
            self.ask("POST /api/ssh-keys")
        self.ask("DELETE /api/apikeys/{id}")
        self.ask("DELETE /api/ssh-keys/{id}")
        self.ask("POST /api/verifications/student")
        self.ask("POST /api/verifications/identity")
        own = self.upload()
        if own:
            self.ask("DELETE /api/files/{id}", own)
        self.ask("GET /api/billing/products")
        self.ask("GET /api/billing/subscriptions")
        mine = self.ask("POST /api/users/me/export-request")
        if mine:
            self.until(
                "GET /api/users/me/export-jobs", done=lambda jobs: any(job["status"] == "completed" for job in jobs["data"])
            )
            self.ask("GET /api/users/me/export-jobs/{jobId}/download", mine["id"])
        self.ask("GET /api/sessions/{userId}", "me")

    def upload(self, account=None):
        """A file is registered, uploaded as the answer says, and downloaded. Returns its id."""
        file = self.ask("POST /api/files", account=account)
        if file is None:
            return None
        upload = file["upload"]
        requests.request(upload["method"], upload["url"], data=SONG, headers=upload["headers"], timeout=30).raise_for_status()
        self.ask("GET /api/files/{id}", file["id"], account=account)
        self.ask("GET /api/files", account=account)
        return file["id"]

    def content(self):
        """Files of the companion are flagged, unflagged and removed."""
        file = self.upload(account=self.companion)
        if file is None:
            return
        for label in ("POST /api/admin/files/{id}/flag", "POST /api/admin/files/{id}/unflag"):
            self.ask(label, file)
        self.ask("POST /api/admin/content/flag")
        self.ask("GET /api/admin/files/flagged")
        self.ask("GET /api/files/{id}", file)
        self.ask("DELETE /api/admin/content/{id}", file)

    def organisations(self):
        for _ in range(3):
            mine = self.ask("POST /api/organisations")
        for label in ("PUT " + ORGANISATION, f"POST {ORGANISATION}/select", f"GET {ORGANISATION}/users"):
            self.ask(label)
        self.ask(f"POST {ORGANISATION}/avatar", body=PNG, media="image/png")
        invited = [self.ask(f"POST {ORGANISATION}/invite") for _ in range(2)]
        if all(invited):
            self.ask(f"DELETE {ORGANISATION}/invite/{{inviteId}}")
        for _ in range(2):
            self.ask(f"POST {ORGANISATION}/servers")
        self.ask(f"DELETE {ORGANISATION}/servers/{{serverId}}")
        for _ in range(2):
            zone = self.ask(f"POST {ORGANISATION}/dns/zones")
            if zone:
                with self.txt_records.open("a") as file:
                    file.write(f"{zone['challenge']['name']} {zone['challenge']['value']}\n")
            self.ask(f"POST {ZONE}/verify")
            self.ask(f"GET {ZONE}")
            self.ask(f"GET {ZONE}/zone-file")
            for _ in range(2):
                self.ask(f"POST {ZONE}/records")
        self.ask(f"PUT {ZONE}/records/{{recordId}}")
        self.ask(f"DELETE {ZONE}/records/{{recordId}}")
        self.ask(f"DELETE {ZONE}")
        self.as_guest()
        self.for_the_evening()
        if mine:
            self.ask(f"DELETE {ORGANISATION}", mine["id"])
            self.things.forget(ORGANISATION, (mine["id"],))

    def as_guest(self):
        """Another user invites the caller, who accepts, leaves, and declines."""
        me, other = self.caller.accounts[0], self.companion
        theirs = self.ask("POST /api/organisations", account=other)
        if not theirs:
            return
        self.things.forget(ORGANISATION, (theirs["id"],))
        for answer in ("accept", "reject"):
            self.ask(f"POST {ORGANISATION}/invite", theirs["id"], body={"email": me.email}, account=other)
            invites = self.ask("GET /api/organisations/invites")
            if invites and invites["data"]:
                self.ask(f"POST /api/organisations/invites/{{inviteId}}/{answer}", invites["data"][0]["id"])
            if answer == "accept":
                self.ask(f"POST {ORGANISATION}/users/{{userId}}/role", theirs["id"], me.id, account=other)
                self.ask(f"POST {ORGANISATION}/leave", theirs["id"])
        self.ask(f"POST {ORGANISATION}/invite", theirs["id"], body={"email": me.email}, account=other)
        self.ask("GET /api/organisations/invites")
        notices = self.ask("GET /api/mailbox/notifications")
        if notices and notices["data"]:
            self.ask("POST /api/mailbox/notifications/{id}/read")

    def for_the_evening(self):
        """An invitation that no other step uses: it can be resent after a minute at the earliest."""
        host = self.caller.accounts[-1]
        theirs = self.ask("POST /api/organisations", account=host)
        if theirs:
            self.things.forget(ORGANISATION, (theirs["id"],))
            invite = self.ask(f"POST {ORGANISATION}/invite", theirs["id"], account=host)
            self.sent = invite and (theirs["id"], invite["id"])
            self.sent_at = time.monotonic()

    def evening(self):
        """Slow operations, after everything else."""
        if self.sent:
            time.sleep(max(0, RESENT_AFTER - (time.monotonic() - self.sent_at)))
            self.ask(f"POST {ORGANISATION}/invite/{{inviteId}}/resend", *self.sent, account=self.caller.accounts[-1])

    def staff_work(self):
        someone = self.things.users[-1]
        self.ask("GET /api/admin/plans")
        self.ask("GET /api/admin/revenue")
        self.ask("POST /api/admin/products")
        self.ask("GET /api/admin/products")
        self.ask("PATCH /api/admin/products/{id}")
        self.ask("DELETE /api/admin/products/{id}")
        self.ask("GET /api/admin/search", query={"q": "ada"})
        self.ask(callers.SIGNED)
        for label in (
            f"GET {USER}",
            f"PATCH {USER}/role",
            f"POST {USER}/ban",
            f"DELETE {USER}/ban",
            f"POST {USER}/apply-plan",
            f"DELETE {USER}/cancel-plan",
            f"PUT {USER}/contributor-profile",
            f"POST {USER}/documents",
            f"POST {USER}/grants",
            f"GET {USER}/grants",
            f"DELETE {USER}/grants",
            f"POST {USER}/notes",
            f"POST {USER}/verify",
            f"DELETE {USER}/verify",
            f"POST {USER}/reset-password",
        ):
            self.ask(label, someone)
        # Staff change the organisations of users, not their own.
        is_staff = self.caller.kind in ("staff", "root")
        theirs = self.ask("POST /api/organisations", account=self.companion) if is_staff else None
        self.ask(f"POST {ORGANISATION}/add-user")
        self.ask(f"POST {ORGANISATION}/users/{{userId}}/role", *self.org_member(someone))
        self.ask(f"DELETE {ORGANISATION}/users/{{userId}}", *self.org_member(someone))
        self.ask("PUT " + ORGANISATION, body={"portalTier": "enterprise"})
        self.ask("POST /api/nodes")
        self.ask("POST /api/nodes/{id}/assign-org")
        if theirs:
            self.ask(f"DELETE {ORGANISATION}", theirs["id"])
            self.things.forget(ORGANISATION, (theirs["id"],))
        self.appeals()
        self.sessions_of_another()
        self.verifications()
        self.content()
        self.reports()
        self.fraud()
        self.directory()
        self.settings()
        self.access()
        self.emails()

    def appeals(self):
        """A new user is banned twice, and appeals by the link in each email: once by the API, once by the page."""
        made = self.good.body("POST /api/users/register")
        banned = self.ask("POST /api/users/register", body=made)
        if not banned:
            return
        tokens = []
        for way in ("POST /api/applications/appeal", "POST /appeal/{token}"):
            if not self.ask(f"POST {USER}/ban", banned["id"]):
                return
            token = self.letter(made["email"], r"/appeal/([\w.-]+)", besides=tokens)
            tokens.append(token)
            self.ask("GET /appeal/{token}", token, accept="text/html")
            if "{" in way:
                self.ask(way, token, accept="text/html")
            else:
                self.ask(way, body=self.good.body(way) | {"token": token})
            self.ask(f"DELETE {USER}/ban", banned["id"])

    def users_from_a_file(self):
        """Users are imported: a plan, then the same file with it."""
        label, file = "POST /v1/users/bulk/import", f"email,name\n{self.good.new()}@contract.example,New\n".encode()
        plan = self.ask(label, query={"dry_run": "true"}, body=file, media="text/csv")
        if plan:
            self.ask(label, query={"plan_id": plan["plan_id"]}, body=file, media="text/csv")

    def bulk(self, user):
        """A change of many users is planned, carried out and undone; a deletion is started and cancelled, unless it was faster."""
        job = "/v1/jobs/{id}"
        update, delete = "POST /v1/users/bulk/update", "DELETE /v1/users/bulk/delete"
        chosen = {"user_ids": [user]}
        plan = self.ask(update, body=chosen | {"status": "active", "dry_run": True} | WHY)
        if plan is None:
            return
        started = self.ask(update, body={"plan_id": plan["plan_id"]})
        if started and self.until(f"GET {job}", started["id"], done=lambda now: now["status"] == "completed"):
            self.ask(f"GET {job}/items", started["id"])
            undo = self.ask(f"POST {job}/undo", started["id"], body=WHY)
            if undo:
                self.until(f"GET {job}", undo["id"], done=lambda now: now["status"] == "completed")
        started = self.ask(delete, body=chosen | WHY)
        if started:
            self.ask(f"POST {job}/cancel", started["id"], body=WHY)
            self.until(f"GET {job}", started["id"], done=lambda now: now["status"] in ("completed", "cancelled"))

    def directory(self):
        """A user of the directory is created, changed and deleted. System keys are not part of the day."""
        made = self.ask("POST /v1/users")
        if made is None:
            return
        user = "/v1/users/{user_id}"
        for label in (
            f"GET {user}",
            f"PUT {user}",
            f"PUT {user}/unique-id",
            f"POST {user}/oauth/link",
            f"GET {user}/audit-logs",
        ):
            self.ask(label, made["id"])
        someone = self.companion
        self.ask(f"POST {user}/oauth/link", someone.id, body={"provider": "github", "provider_user_id": self.good.new()})
        self.ask(f"POST {user}/oauth/unlink", someone.id, body={"provider": "github"})
        someone.token = None
        someone.bearer()
        sessions = self.ask(f"GET {user}/sessions", someone.id)
        if sessions and sessions["data"]:
            self.ask(f"DELETE {user}/sessions/{{session_id}}", someone.id, sessions["data"][0]["id"], body=WHY)
        self.ask(f"DELETE {user}/sessions", someone.id, body=WHY)
        someone.token = None
        self.bulk(made["id"])
        self.ask(f"DELETE {user}", made["id"], body=WHY)
        self.ask("GET /v1/users", query={"status": "active", "search": "ada", "sort": "name"})
        self.ask("GET /v1/users/field-values", query={"field": "roles"})
        self.ask("GET /v1/users/bulk/export", query={"status": "active", "columns": "id,name"})
        self.users_from_a_file()
        for _ in range(2):
            self.ask("POST /v1/views")
        self.ask("GET /v1/views")
        self.ask("PATCH /v1/views/{id}")
        self.ask("DELETE /v1/views/{id}")

    def emails(self):
        """Templates, a message, and two broadcasts: one is cancelled, and the caller unsubscribes from the other."""
        template = "/api/admin/emails/templates/{name}"
        self.ask("GET " + template, "password-changed")
        self.ask("PUT " + template, "password-changed")
        self.ask(f"POST {template}/preview", "password-changed")
        self.ask("POST /api/admin/email/send")
        self.ask("GET /api/admin/email/stats")
        self.ask("DELETE /api/admin/email/suppressions")
        broadcast = "/api/admin/emails/broadcast"
        planned = {"subject": "News", "text": "News.", "filter": "admin"}
        later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86400))
        started = self.ask("POST " + broadcast, body=planned | {"scheduledAt": later})
        self.ask("GET " + broadcast)
        if started:
            self.ask(f"GET {broadcast}/{{id}}", started["id"])
            self.ask(f"DELETE {broadcast}/{{id}}", started["id"])
        if self.ask("POST " + broadcast, body=planned):
            token = self.letter(self.root.email, r"/unsubscribe/([\w.-]+)")
            self.ask("GET /unsubscribe/{token}", token, accept="text/html")
            self.ask("POST /unsubscribe/{token}", token, accept="text/html", media="application/x-www-form-urlencoded")

    def org_member(self, someone):
        organisation = self.things.pick(ORGANISATION, lambda found: found[-1])
        return (*organisation, someone) if organisation else ()

    def sessions_of_another(self):
        other = self.companion
        other.token = None
        other.bearer()
        sessions = self.ask(f"GET {USER}/sessions", other.id)
        if sessions and sessions["data"]:
            self.ask(f"POST {USER}/sessions/{{sessionId}}/revoke", other.id, sessions["data"][0]["id"], body=WHY)
        other.token = None

    def verifications(self):
        """The companion sends two requests; one is approved and one rejected."""
        for verdict, kind in (("reject", "identity"), ("approve", "student")):
            asked = self.ask(f"POST /api/verifications/{kind}", account=self.companion)
            self.ask("GET /api/admin/verifications")
            if asked:
                self.ask("GET /api/admin/verifications/{id}/images/{kind}", asked["id"], "document")
                self.ask(f"POST /api/admin/verifications/{{id}}/{verdict}", asked["id"])
        self.ask(f"POST {USER}/require-student-reverify", self.companion.id)
        self.ask(f"DELETE {USER}/deassign-student", self.companion.id)

    def reports(self):
        """The companion reports a user and applies for a partnership; both are decided."""
        report = self.ask("POST /api/reports", account=self.companion)
        self.ask("GET /api/reports", account=self.companion)
        self.ask("GET /api/admin/reports")
        if report:
            self.ask("GET /api/admin/reports/{id}", report["id"])
            self.ask("PATCH /api/admin/reports/{id}", report["id"])
        application = self.ask("POST /api/applications", account=self.companion)
        if application:
            self.ask("POST /api/applications/{id}/replies", application["id"], account=self.companion)
            self.ask("GET /api/applications", account=self.companion)
            self.ask("GET /api/admin/applications")
            self.ask("GET /api/admin/applications/{id}", application["id"])
            self.ask("PATCH /api/admin/applications/{id}", application["id"])

    def fraud(self):
        """A user with a disposable address matches the rules."""
        made = self.good.body("POST /api/users/register") | {"email": f"{self.good.new()}@mailinator.com"}
        suspect = self.ask("POST /api/users/register", body=made)
        if suspect:
            found = suspect.get("id") or self.things.users[0]
            self.ask("POST /api/admin/fraud-scan/{id}", found)
        self.ask("GET /api/admin/fraud-alerts")
        self.ask("GET /api/admin/fraud-alerts/{id}")
        # Only open alerts can be dismissed.
        self.ask("POST /api/admin/fraud-alerts/dismiss")
        self.ask("PATCH /api/admin/fraud-alerts/{id}")

    def settings(self):
        """Settings, keys of services, and storage buckets."""
        self.ask("GET /api/admin/settings")
        self.ask("PUT /api/admin/settings/{name}", "retention")
        key = self.ask("POST /api/admin/system-key")
        self.ask("GET /api/admin/system-key")
        if key:
            self.ask("DELETE /api/admin/system-key/{name}/{keyId}", key["name"], key["id"])
        bucket = self.ask("POST /api/admin/storage/buckets")
        if bucket is None:
            return
        path = "/api/admin/storage/buckets/{id}"
        self.ask(f"PUT {path}", bucket["id"])
        self.ask(f"POST {path}/test", bucket["id"])
        self.ask("POST /api/admin/storage/test")
        self.ask("POST /api/admin/integrations/test")
        # Exports look into every bucket that a user had, and there is no store: nobody exports this user.
        someone = self.ask("POST /api/users/register")
        if someone:
            self.ask(f"PUT {USER}/storage", someone["id"], body={"bucketId": bucket["id"]} | WHY)
        squad = self.ask("POST /api/organisations", account=self.companion)
        if squad:
            self.things.forget(ORGANISATION, (squad["id"],))
            for assigned in (bucket["id"], None):
                self.ask("PUT /api/admin/storage/squads/{id}", squad["id"], body={"bucketId": assigned} | WHY)
            self.ask(f"DELETE {ORGANISATION}", squad["id"], account=self.companion)
        self.ask(f"DELETE {path}", bucket["id"], body=WHY)

    def access(self):
        """A role that is given and taken, a permission, and staff who act as a user."""
        roles, user = "/v1/rbac/roles", "/v1/rbac/users/{user_id}"
        self.ask("GET /v1/rbac/permissions")
        role = self.ask(f"POST {roles}")
        self.ask(f"GET {roles}")
        someone = self.ask("POST /api/users/register")
        if role and someone:
            role, someone = role["id"], someone["id"]
            self.ask(f"GET {roles}/{{id}}", role)
            self.ask(f"PUT {roles}/{{id}}", role, body={"description": "Decides reports."})
            self.ask(f"POST {user}/roles/{{role_id}}", someone, role)
            self.ask(f"GET {roles}/{{id}}/users", role)
            self.ask(f"POST {user}/permissions/{{permission}}", someone, "user.view")
            self.ask(f"GET {user}/effective", someone)
            self.ask(f"DELETE {user}/permissions/{{permission}}", someone, "user.view")
            self.ask(f"DELETE {user}/roles/{{role_id}}", someone, role)
            self.ask(f"POST {roles}/{{id}}/clone", role)
            self.ask(f"DELETE {roles}/{{id}}", role)
            if self.ask("POST /v1/auth/impersonate/{user_id}", someone):
                self.ask("GET /v1/impersonations")
                self.ask("POST /v1/auth/impersonate/stop")

    def exports(self):
        job = None
        for _ in range(2):
            job = self.ask(f"POST {USER}/export-job")
            if job is None:
                return
            self.until("GET /api/admin/export-jobs/{id}", job["id"], done=lambda job: job["status"] in ("completed", "failed"))
        self.ask("GET /api/admin/export-jobs")
        self.ask("POST /api/admin/audit/exports")
        self.ask("GET /api/admin/export-jobs/{id}/download", job["id"])
        links = [self.ask("POST /api/admin/export-jobs/{id}/share-link", job["id"]) for _ in range(3)]
        if all(links):
            self.ask("GET /share/{token}")
            self.ask("GET /share/{token}", accept="text/html")
            self.ask("POST /share/{token}")
            self.ask("GET /api/admin/export-jobs/{id}/share-links", job["id"])
            self.ask("DELETE /api/admin/export-jobs/{id}/share-links/{linkId}")
        first = self.things.known.get("/api/admin/export-jobs/{}", [(job["id"],)])[0]
        self.ask("DELETE /api/admin/export-jobs/{id}", *first)

    def deletions(self):
        """The companion's deletion is cancelled by the link in the email, restored, held, released, and finally expedited. Another user is erased without a request."""
        leaver, links = self.companion, []

        def requested():
            mine = self.ask("POST /api/users/me/deletion-request", account=leaver)
            if mine:
                links.append(self.letter(leaver.email, r"/cancel-deletion/([\w.-]+)", besides=links))
            return mine

        if requested():
            self.ask("GET /cancel-deletion/{token}", links[-1], accept="text/html")
            self.ask("POST /cancel-deletion/{token}", links[-1], accept="text/html")
            leaver.token = None
        if requested() and self.ask("POST /v1/users/{user_id}/restore", leaver.id):
            leaver.token = None
        for move in ("hold", "expedite"):
            mine = requested()
            if not mine:
                break
            if move == "hold":
                self.ask("POST /api/admin/deletions/{id}/hold", mine["id"])
                self.ask("DELETE /api/admin/deletions/{id}/hold", mine["id"])
                self.ask("POST /api/admin/deletions/{id}/cancel", mine["id"])
                leaver.token = None
            else:
                self.ask("POST /api/admin/deletions/{id}/expedite", mine["id"])
        # A new user owns nothing that others use, so nothing blocks the deletion.
        someone = self.ask("POST /api/users/register")
        if someone and self.ask(f"POST {USER}/hold", someone["id"]):
            self.ask(f"DELETE {USER}/hold", someone["id"])
        erased = someone and self.ask(f"DELETE {USER}", someone["id"])
        if erased:
            self.until("GET /api/admin/deletions/{id}", erased["id"], done=lambda request: request["status"] == "erased")
            self.ask("GET /api/admin/deletions/{id}/receipt", erased["id"])
