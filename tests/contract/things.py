"""The resources that requests refer to, learnt from responses, so that requests get more than `404`."""

import re

# Paths whose resources are listed elsewhere.
FOUND_AT = {
    "/api/users/{}": "/api/admin/users/{}",
    "/api/sessions/{}": "/api/admin/users/{}",
    "/v1/users/{}": "/api/admin/users/{}",
    "/api/admin/content/{}": "/api/files/{}",
    "/api/admin/files/{}/flag": "/api/files/{}",
    "/api/admin/files/{}/unflag": "/api/files/{}",
    "/api/admin/fraud-scan/{}": "/api/admin/users/{}",
    "/api/apikeys/my/{}": "/api/apikeys/{}",
    "/api/admin/users/{}/export-job/{}": None,
    "/api/organisations/{}/add-user/{}": "/api/organisations/{}/users/{}",
}
# Tokens are part of links, wherever those are returned.
LINKS = {"/share/{}": re.compile(r"/share/([\w-]{20,})"), "/cancel-deletion/{}": re.compile(r"/cancel-deletion/([\w.-]{20,})"), "/appeal/{}": re.compile(r"/appeal/([\w.-]{20,})")}
FIXED = {"/api/admin/verifications/{}/images/{}": ["document", "selfie"]}
# The newest are the most likely to still exist.
KEPT = 12


def template(path):
    """The path with nameless variables."""
    return re.sub(r"\{[^}]*\}", "{}", path)


class Things:
    """The resources that a caller knows, by path: the values of that path's variables, newest last."""

    def __init__(self, known=None, users=None):
        self.known = {path: [tuple(values) for values in found] for path, found in (known or {}).items()}
        self.users = users or []
        self.next_user = 0

    def to_json(self):
        return {"known": self.known, "users": self.users}

    def learn(self, path, values, answer, text):
        """Remembers the resources in a response of `path`, requested with these values of its variables."""
        for home, pattern in LINKS.items():
            for token in pattern.findall(text):
                self.add(home, (token,))
        if path.endswith("}") or not isinstance(answer, dict):
            return
        home = template(path) + "/{}"
        home = FOUND_AT.get(home, home)
        if home is None or home == "/api/admin/users/{}":
            return
        # All jobs are watched at one path.
        if isinstance(answer.get("jobId"), str):
            self.add("/v1/jobs/{}", (answer["jobId"],))
        rows = answer["data"] if isinstance(answer.get("data"), list) else [answer]
        for row in reversed(rows):
            if isinstance(row, dict):
                name = next((row[key] for key in ("id", "userId", "sessionId") if isinstance(row.get(key), str)), None)
                if name:
                    self.add(home, (*values, name))

    def add(self, home, values):
        found = self.known.setdefault(home, [])
        if values not in found:
            found.append(values)
            del found[:-KEPT]

    def forget(self, path, values):
        """Removes a resource; the last one is kept, so that there is one to request."""
        found = self.known.get(self.home(path), [])
        if values in found and len(found) > 1:
            found.remove(values)

    @staticmethod
    def home(path):
        nameless = template(path)
        home = nameless[: nameless.rfind("{}") + 2]
        return FOUND_AT.get(home, home) or home

    def pick(self, path, choose):
        """Values for the variables of a path, of one known resource; None where none fits. `choose` picks one from a list."""
        home = self.home(path)
        if home == "/api/admin/users/{}":
            return (choose(self.users),) if self.users else None
        if home in FIXED:
            outer = self.pick(home[: home.rfind("/")], choose)
            return outer and (*outer, choose(FIXED[home]))
        found = self.known.get(home)
        if found:
            return choose(found)
        outer = home[: home.rfind("/{}")]
        if "{}" not in outer:
            return None
        return self.pick(outer, choose)
