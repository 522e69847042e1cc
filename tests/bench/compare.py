#!/usr/bin/env python3
"""Asks PostgreSQL and SQLite what the user index was asked (see compare.sh), and compares.

Times are CPU times: of the PostgreSQL process that serves the connection, and of the thread that runs SQLite. Both count the whole result exactly and fetch one page; statements are prepared, tables analysed, caches warm. The tables hold all values of the index. Texts are stored in the forms in which the index compares them, so the answers must be the same, except where typing mistakes count.
"""

import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time

YEAR = 365 * 24 * 3600 * 1000
LISTS = ["expertise", "roles", "auth_methods", "oauth_providers"]
JSON = ["grants", "denials", "enrollments"]
# The forms of the search box: a word is found inside of a word of a name or of an identifier.
SEARCHED = ["words", "identifiers"]
SORTED_BY_NAME = "name IS NULL, name, id"
SIX = """status IN ('active', 'inactive') AND country IN ('BD', 'DE', 'ES') AND email_verified
    AND {role} AND created_at >= {created} AND date_of_birth > {oldest} AND date_of_birth <= {youngest}"""


def percentile(times, share):
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def like(word):
    """A pattern for a text that contains a word."""
    for special in "\\%_":
        word = word.replace(special, "\\" + special)
    return "%" + word + "%"


def page(condition, order, offset=0):
    """The total and a page, of which the matches are looked for once."""
    return f"""WITH m AS MATERIALIZED (SELECT id, created_at, name FROM users WHERE {condition})
        SELECT (SELECT count(*) FROM m), id FROM m ORDER BY {order} LIMIT 50 OFFSET {offset}"""


def counted(condition, order, offset=0):
    """The total and a page, each by itself: an index has the order of the page."""
    return f"""SELECT (SELECT count(*) FROM users WHERE {condition}), id FROM users
        WHERE {condition} ORDER BY {order} LIMIT 50 OFFSET {offset}"""


class Sqlite:
    name = "SQLite FTS5"

    def __init__(self, folder, users, now):
        self.path = folder / "users.sqlite"
        self.db = sqlite3.connect(self.path)
        run = self.db.execute
        run("PRAGMA page_size = 4096")
        run("PRAGMA cache_size = -1000000")
        run("PRAGMA mmap_size = 4000000000")
        columns = list(users[0])
        types = {"id": "TEXT NOT NULL"}
        run(f"CREATE TABLE users ({', '.join(c + ' ' + types.get(c, '') for c in columns)})")
        plain = lambda v: json.dumps(v) if isinstance(v, list) else v
        self.db.executemany(
            f"INSERT INTO users VALUES ({', '.join('?' * len(columns))})",
            ([plain(user[c]) for c in columns] for user in users),
        )
        run("CREATE TABLE user_roles (role TEXT, user INTEGER, PRIMARY KEY (role, user)) WITHOUT ROWID")
        self.db.executemany(
            "INSERT INTO user_roles VALUES (?, ?)",
            ((role, row) for row, user in enumerate(users, 1) for role in set(user["roles"])),
        )
        for index in [
            "(email)",
            "(created_at DESC, id)",
            "(status, created_at DESC, id)",
            "(status, name IS NULL, name, id)",
            "(country, created_at)",
            "(name IS NULL, name, id)",
        ]:
            name = "users_" + "".join(c if c.isalpha() else "_" for c in index)
            run(f"CREATE INDEX {name} ON users {index}")
        run("""CREATE VIRTUAL TABLE search USING fts5(words, identifiers, content='users',
            tokenize='trigram', detail=full)""")
        run("INSERT INTO search(search) VALUES ('rebuild')")
        run("INSERT INTO search(search) VALUES ('optimize')")
        self.db.commit()
        run("ANALYZE")
        self.db.commit()
        run("VACUUM")
        six = SIX.format(
            role="EXISTS (SELECT 1 FROM user_roles WHERE role = 'learner' AND user = users.rowid)",
            created=now - YEAR, oldest="'1985-11-29'", youngest="'2006-11-29'",
        )
        active = "status = 'active'"
        deep = len(users) // 10
        newest = "created_at DESC, id"
        matching = "rowid IN (SELECT rowid FROM search WHERE search MATCH ?)"
        self.statements = {
            "exact email, as filter": page("email = ?", newest),
            "6 filters, newest first": page(six, newest),
            "6 filters, by name": page(six, SORTED_BY_NAME),
            "active, newest first, deep page": counted(active, newest, deep),
            "active, by name, deep page": counted(active, SORTED_BY_NAME, deep),
            "search box, 3 letters": page(matching, newest),
            "search box, full name": page(matching, newest),
            "search box, whole email": page(matching, newest),
            # Any trigram of the word, the best by BM25 first: FTS5 knows no typing mistakes.
            "search box, last name with typo": """WITH m AS MATERIALIZED
                (SELECT rowid, rank FROM search WHERE search MATCH ?)
                SELECT (SELECT count(*) FROM m), id FROM m JOIN users ON users.rowid = m.rowid
                ORDER BY m.rank, created_at DESC LIMIT 50""",
        }

    def ask(self, name, probe):
        if "facets" in probe:
            statements = [(f"SELECT {c}, count(*) FROM users WHERE {c} IS NOT NULL GROUP BY {c}", ())
                          for c in ("status", "country")]
        elif name.startswith("search box"):
            match = lambda text: '"' + text.replace('"', '""') + '"'
            if name.endswith("with typo"):
                [word] = probe["words"]
                # A word of two letters has none, and finds nobody.
                parts = {word[at:at + 3] for at in range(len(word) - 2)} or {word}
                value = "words : (" + " OR ".join(map(match, sorted(parts))) + ")"
            else:
                value = " AND ".join(map(match, probe["words"]))
            statements = [(self.statements[name], (value,))]
        else:
            # The statement cache of the module keeps statements prepared.
            values = (probe["text"].lower(),) if probe["text"] else ()
            statements = [(self.statements[name], values)]
        before = time.thread_time()
        rows = [self.db.execute(*statement).fetchall() for statement in statements]
        return rows, (time.thread_time() - before) * 1000

    def bytes(self):
        sizes = dict(self.db.execute("SELECT name, sum(pgsize) FROM dbstat GROUP BY name")) if self.has_stat() else {}
        search = sum(size for name, size in sizes.items() if name.startswith("search"))
        return self.path.stat().st_size, search

    def has_stat(self):
        try:
            self.db.execute("SELECT 1 FROM dbstat LIMIT 1")
        except sqlite3.OperationalError:
            return False
        return True

    def version(self):
        return sqlite3.sqlite_version

    def stop(self):
        self.db.close()


class Postgres:
    name = "PostgreSQL"
    END = "--end--"

    def __init__(self, folder, users, now):
        self.data = folder / "postgres"
        self.data.mkdir()
        self.bin = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True).stdout.strip()
        if not os.path.exists(f"{self.bin}/initdb"):
            found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
            self.bin = str(found[-1].parent)
        # The server refuses to run as root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            folder.chmod(0o711)
            shutil.chown(self.data, "postgres")
        self.run("initdb", "-D", f"{self.data}/db", "-A", "trust", "-U", "bench", "-E", "UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.data} -c shared_buffers=1GB " \
            "-c work_mem=256MB -c maintenance_work_mem=512MB -c fsync=off -c jit=off -c random_page_cost=1.1 " \
            "-c max_parallel_workers_per_gather=0 -c autovacuum=off -c plan_cache_mode=auto"
        self.run("pg_ctl", "-D", f"{self.data}/db", "-o", options, "-l", f"{self.data}/log", "-w", "start")
        self.psql = subprocess.Popen(
            [*self.user, f"{self.bin}/psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1",
             "-h", str(self.data), "-U", "bench", "postgres"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/",
        )
        self.process = int(self.sql("SELECT pg_backend_pid()")[0][0])
        self.load(users)
        self.prepare(now, len(users))

    def run(self, program, *arguments):
        subprocess.run([*self.user, f"{self.bin}/{program}", *arguments], check=True, cwd="/",
                       stdout=subprocess.DEVNULL)

    def sql(self, *statements):
        """The rows of the last statement."""
        self.psql.stdin.write(";\n".join(statements) + f";\n\\echo {self.END}\n")
        self.psql.stdin.flush()
        rows = []
        while (line := self.psql.stdout.readline()) != self.END + "\n":
            if not line:
                raise SystemExit("psql has ended")
            rows.append(line.rstrip("\n").split("\t"))
        return rows

    def load(self, users):
        columns = list(users[0])
        kinds = {}
        for column in columns:
            value = next((user[column] for user in users if user[column] is not None), "")
            kinds[column] = {bool: "boolean", int: "bigint", str: "text"}.get(type(value), "text")
        kinds.update({column: "text[]" for column in LISTS})
        kinds.update({column: "jsonb" for column in JSON})
        kinds["date_of_birth"] = "date"

        def cell(value):
            if value is None:
                return "\\N"
            if isinstance(value, bool):
                return "t" if value else "f"
            return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")

        def written(column, value):
            if kinds[column] == "text[]":
                return cell("{" + ",".join('"' + text + '"' for text in value) + "}")
            return cell(json.dumps(value) if kinds[column] == "jsonb" else value)

        self.sql("CREATE EXTENSION pg_trgm",
                 f"CREATE TABLE users ({', '.join(f'{c} {kinds[c]}' for c in columns)}, PRIMARY KEY (id))")
        self.psql.stdin.write("COPY users FROM STDIN;\n")
        for user in users:
            self.psql.stdin.write("\t".join(written(c, user[c]) for c in columns) + "\n")
        self.psql.stdin.write("\\.\n")
        self.sql(
            "CREATE INDEX ON users (email)",
            "CREATE INDEX ON users (created_at DESC, id)",
            "CREATE INDEX ON users (status, created_at DESC, id)",
            "CREATE INDEX ON users (status, (name IS NULL), name, id)",
            "CREATE INDEX ON users ((name IS NULL), name, id)",
            "CREATE INDEX ON users (country, created_at)",
            "CREATE INDEX ON users USING gin (roles)",
            "CREATE INDEX users_words ON users USING gin (words gin_trgm_ops)",
            "CREATE INDEX users_search ON users USING gin ((words || ' ' || identifiers) gin_trgm_ops)",
            "VACUUM (FULL, ANALYZE) users",
            "VACUUM ANALYZE users",
        )

    def prepare(self, now, count):
        six = SIX.format(role="roles @> ARRAY['learner']", created=now - YEAR,
                         oldest="DATE '1985-11-29'", youngest="DATE '2006-11-29'")
        active = "status = 'active'"
        newest = "created_at DESC, id"
        text = "(words || ' ' || identifiers) LIKE"
        self.statements = {
            "exact email, as filter": ("(text)", page("email = $1", newest)),
            "6 filters, newest first": ("", page(six, newest)),
            "6 filters, by name": ("", page(six, SORTED_BY_NAME)),
            "active, newest first, deep page": ("", counted(active, newest, count // 10)),
            "active, by name, deep page": ("", counted(active, "(name IS NULL), name, id", count // 10)),
            "search box, 3 letters": ("(text)", page(f"{text} $1", newest)),
            # A family name may be missing: the second pattern is then `%`.
            "search box, full name": ("(text, text, text)", page(f"{text} $1 AND {text} $2 AND {text} $3", newest)),
            "search box, whole email": ("(text)", page(f"{text} $1", newest)),
            "search box, last name with typo": ("(text)", """WITH m AS MATERIALIZED
                (SELECT id, created_at, word_similarity($1, words) AS s FROM users WHERE $1 <% words)
                SELECT (SELECT count(*) FROM m), id FROM m ORDER BY s DESC, created_at DESC LIMIT 50"""),
        }
        # The least at which most words with a mistake are found.
        self.sql("SET pg_trgm.word_similarity_threshold = 0.4")
        for number, (types, statement) in enumerate(self.statements.values()):
            self.sql(f"PREPARE q{number}{types} AS {statement}")
        for column in ("status", "country"):
            self.sql(f"PREPARE facet_{column} AS SELECT {column}, count(*) FROM users WHERE {column} IS NOT NULL GROUP BY 1")

    def cpu(self):
        # The figure is brought up to date when the process waits.
        time.sleep(0.0005)
        return int(pathlib.Path(f"/proc/{self.process}/schedstat").read_text().split()[0]) / 1e6

    def ask(self, name, probe):
        if "facets" in probe:
            statements = ["EXECUTE facet_status", "EXECUTE facet_country"]
        else:
            values = []
            if name.endswith("with typo"):
                values = probe["words"]
            elif name.startswith("search box"):
                values = [like(word) for word in probe["words"]]
                values += ["%"] * (3 - len(values)) if name.endswith("full name") else []
            elif probe["text"]:
                values = [probe["text"].lower()]
            number = list(self.statements).index(name)
            given = "(" + ", ".join(map(quoted, values)) + ")" if values else ""
            statements = [f"EXECUTE q{number}{given}"]
        before = self.cpu()
        rows = [self.sql(statement) for statement in statements]
        return rows, self.cpu() - before

    def bytes(self):
        [[whole, search]] = self.sql("""SELECT pg_total_relation_size('users'),
            pg_relation_size('users_words') + pg_relation_size('users_search')""")
        return int(whole), int(search)

    def version(self):
        return self.sql("SHOW server_version")[0][0].split()[0]

    def stop(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.run("pg_ctl", "-D", f"{self.data}/db", "-m", "immediate", "stop")


def compare(engine, query):
    """The CPU times of a query. Fails if the answers differ from those of the index."""
    name, times, found = query["name"], [], []
    with_typo = name.endswith("with typo")
    probes = query["probes"]
    engine.ask(name, probes[0])
    for at in range(100):
        probe = probes[at % len(probes)]
        rows, spent = engine.ask(name, probe)
        times.append(spent)
        if "facets" in probe:
            for facet, answer in zip(probe["facets"], rows):
                assert dict(facet) == {value: int(count) for value, count in answer}, name
            continue
        [rows] = rows
        ids = [row[1] for row in rows]
        total = int(rows[0][0]) if rows else 0
        if with_typo:
            if at < len(probes):
                found.append((probe["wanted"] in ids, total))
            continue
        wanted = probe["ids"]
        assert (total, ids) == (probe["total"], wanted), \
            f"{engine.name}, {name}, {probe['text']!r}: {total} instead of {probe['total']}"
    return times, found


def main():
    folder = pathlib.Path(sys.argv[1])
    answers = json.loads((folder / "queries.json").read_text())
    with open(folder / "users.ndjson") as lines:
        users = [json.loads(line) for line in lines]
    results = {query["name"]: {"user index": query["times"]} for query in answers["queries"]}
    typos = {}
    sizes = {"user index": (answers["bytes"], None)}
    versions = []
    for kind in (Sqlite, Postgres):
        started = time.monotonic()
        engine = kind(folder, users, answers["now"])
        try:
            versions.append(f"{engine.name} {engine.version()}, made in {time.monotonic() - started:.0f} s")
            for query in answers["queries"]:
                times, found = compare(engine, query)
                results[query["name"]][engine.name] = times
                if found:
                    typos[engine.name] = found
            sizes[engine.name] = engine.bytes()
        finally:
            engine.stop()
    [typo] = [query for query in answers["queries"] if query["name"].endswith("with typo")]
    typos["user index"] = [(probe["found"], probe["box_total"]) for probe in typo["probes"]]

    engines = ["user index", Postgres.name, Sqlite.name]
    print(f"{answers['users']:,} users; {'; '.join(versions)}. CPU time in milliseconds, p50 / p99.\n")
    print("| query | " + " | ".join(engines) + " |\n|---|" + "---|" * len(engines))
    for name, by_engine in results.items():
        cells = (f"{percentile(by_engine[e], 0.5):.2f} / {percentile(by_engine[e], 0.99):.2f}" for e in engines)
        print(f"| {name} | " + " | ".join(cells) + " |")
    megabytes = lambda e: f"{sizes[e][0] / 1e6:.1f}" + (f" ({sizes[e][1] / 1e6:.1f})" if sizes[e][1] else "")
    print("| MB stored (of it for the search) | " + " | ".join(map(megabytes, engines)) + " |")
    print()
    for engine in engines:
        hits = [hit for hit, _ in typos[engine]]
        totals = [total for _, total in typos[engine]]
        print(f"last name with typo, {engine}: the user is on the first page for {sum(hits)} of {len(hits)}; "
              f"{percentile(totals, 0.5)} matches in the middle, {max(totals)} at most")


main()
