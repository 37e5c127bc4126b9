# SPDX-License-Identifier: MIT
"""Debian packages of another architecture, signatures checked by apt.
apt runs with its own configuration, state and cache under build/cache, so the
host's package state is neither read nor changed; only the mirror and the
proxies come from the host's configuration.  arch/machines.tbl names the suite
of each machine.
arch/machines.tbl says of each machine from which suite.
"""
import glob
import os
import re
import subprocess
import time

from ..common import CACHE, EXIT_BROKEN, MACHINES, Failure
from ..progress import Waiting, locked

SUITE = {m.name: m.debian for m in MACHINES.values() if m.debian}
# The same suites by their other names: while a mirror takes over a new release,
# its index may not match its lists, but the other name may be consistent.
OTHER_NAME = {"trixie": "stable", "bookworm": "oldstable"}
RETRY_SECONDS = 300     # no new attempt for so long after a mirror failed
SOURCES = "bookworm"    # suite of the sources that source() fetches
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def folder(arch):
    """Return: the directory of an architecture's .deb files"""
    return os.path.join(CACHE, "debs", arch)


def cached(arch, package):
    """Return: the newest .deb of a package in the cache, or None"""
    found = glob.glob(os.path.join(folder(arch), f"{package}_*.deb"))
    return max(found, key=os.path.getmtime) if found else None


def _output(command, env=None):
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def complaint(text):
    """Return: apt's first complaint in a tool's output, as one line"""
    found = re.search(r"E: (.*)", text)
    last = (text.strip().splitlines() or ["no word"])[-1]
    return " ".join((found[1] if found else last).split())


def archive_without_lists(text):
    """Return: the Debian archive among the addresses that apt would fetch its
    lists from, or None.  Without lists, as in a container, apt does not know
    the labels of archives."""
    for uri, suite in re.findall(r"^'(\S+?)/dists/([\w.]+)/", text, re.M):
        if suite in {*SUITE.values(), *OTHER_NAME.values()}:
            return uri
    return None


def suite_of(arch):
    """Return: the suite that has the machine's packages"""
    if arch not in SUITE:
        raise Failure(f"{arch} has no packages of Debian's: its row of "
                      "arch/machines.tbl has no `debian`", EXIT_BROKEN, "build")
    return os.environ.get("DEB_SUITE", SUITE[arch])


def mirror():
    if os.environ.get("DEB_MIRROR"):
        return os.environ["DEB_MIRROR"]
    listing = _output(["apt-get", "indextargets", "--format",
                       "$(LABEL)|$(REPO_URI)"])
    for line in listing.splitlines():
        label, _, uri = line.partition("|")
        if label == "Debian":
            return uri
    found = archive_without_lists(_output(["apt-get", "--print-uris",
                                           "update"]))
    if found:
        return found
    raise Failure("no Debian archive in apt's configuration; "
                  "run apt-get update, or set DEB_MIRROR")


def _proxies():
    wanted = re.compile(r"Acquire::(https?|ftp)::([^ ]*::)?(Proxy|"
                        r"Proxy-Auto-Detect)|Acquire::https::(CA|Verify)")
    return [line for line in _output(["apt-config", "dump"]).splitlines()
            if wanted.match(line)]


class Apt:
    """A private apt for one architecture; its index is fetched once.  kind:
    `deb`, or `deb-src` for source packages."""

    def __init__(self, arch, kind="deb"):
        self.arch = arch
        self.kind = kind
        self.pool = os.path.join(CACHE, "apt",
                                 arch if kind == "deb" else kind)
        self.env = dict(os.environ, LC_ALL="C",
                        APT_CONFIG=os.path.join(self.pool, "apt.conf"))
        self.updated = False

    def _prepare(self, suite):
        pool = self.pool
        for part in ("etc/apt.conf.d", "etc/preferences.d",
                     "etc/sources.list.d", "etc/trusted.gpg.d",
                     "etc/auth.conf.d", "state/lists/partial",
                     "cache/archives/partial", "log"):
            os.makedirs(os.path.join(pool, part), exist_ok=True)
        open(os.path.join(pool, "status"), "w").close()
        with open(os.path.join(pool, "sources.list"), "w") as f:
            f.write(f"{self.kind} [arch={self.arch} signed-by={KEYRING}] "
                    f"{mirror()} {suite} main\n")
        conf = {
            "APT::Architecture": self.arch,
            "Dir::Etc": f"{pool}/etc",
            "Dir::Etc::sourcelist": f"{pool}/sources.list",
            "Dir::Etc::sourceparts": f"{pool}/etc/sources.list.d",
            "Dir::Etc::main": f"{pool}/apt.conf",
            "Dir::Etc::parts": f"{pool}/etc/apt.conf.d",
            "Dir::Etc::trusted": "/dev/null",
            "Dir::Etc::trustedparts": f"{pool}/etc/trusted.gpg.d",
            "Dir::State": f"{pool}/state",
            "Dir::State::status": f"{pool}/status",
            "Dir::Cache": f"{pool}/cache",
            "Dir::Log": f"{pool}/log",
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "root",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
            "Acquire::AllowInsecureRepositories": "false",
            "APT::Get::AllowUnauthenticated": "false",
            "Debug::NoLocking": "true",
            "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled":
                "false",
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
        }
        lines = [f'{key} "{value}";' for key, value in conf.items()]
        lines.append(f'APT::Architectures {{ "{self.arch}"; }};')
        with open(os.path.join(pool, "apt.conf"), "w") as f:
            f.write("\n".join(lines + _proxies()) + "\n")

    def _fetch_index(self, suite):
        self._prepare(suite)
        _output(["apt-get", "-q=2", "-o", "APT::Update::Error-Mode=any",
                 "update"], self.env)

    def _is_of(self, suite):
        """True if all lists that were fetched name this suite."""
        lists = glob.glob(os.path.join(self.pool, "state/lists/*Release"))
        return bool(lists) and all(
            f"\nCodename: {suite}\n" in open(path, errors="replace").read()
            for path in lists)

    def update(self):
        if self.updated:
            return
        suite = suite_of(self.arch)
        try:
            self._fetch_index(suite)
        except Failure:
            other = OTHER_NAME.get(suite)
            if not other:
                raise
            self._fetch_index(other)
            if not self._is_of(suite):
                raise
        self.updated = True

    def closure(self, packages):
        """Return: name=version of the packages and all their dependencies"""
        self.update()
        plan = _output(["apt-get", "-y", "-s", "--no-install-recommends",
                        "-o", "APT::Get::Essential=1", "install", *packages],
                       self.env)
        found = re.findall(r"^Inst (\S+) \((\S+)", plan, re.M)
        return [f"{name.split(':')[0]}={version}" for name, version in found]

    def download(self, packages):
        """Fetch .deb files into the cache. Return: their paths"""
        self.update()
        where = folder(self.arch)
        os.makedirs(where, exist_ok=True)
        subprocess.run(["apt-get", "-q=2", "download", *packages], check=True,
                       cwd=where, env=self.env, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        paths = []
        for p in packages:
            path = cached(self.arch, p.partition("=")[0])
            if not path:
                raise Failure(f"apt-get download did not fetch {p}")
            paths.append(path)
        return paths

    def source(self, package, where):
        """Fetch the files of a source package into a directory."""
        self.update()
        os.makedirs(where, exist_ok=True)
        _output(["sh", "-c", 'cd "$1" && apt-get -q=2 source '
                 '--download-only "$2"', "sh", where, package], self.env)

    def newest(self, pattern):
        """Return: the package of the highest version that fits a pattern"""
        self.update()
        names = _output(["apt-cache", "pkgnames"], self.env).split()
        fit = [n for n in names if re.fullmatch(pattern, n)]
        if not fit:
            raise Failure(f"no package matches {pattern} for {self.arch}")
        return max(fit, key=lambda n: [int(x) for x in
                                       re.findall(r"\d+", n)])


def extract(deb, target):
    os.makedirs(target, exist_ok=True)
    _output(["dpkg-deb", "-x", deb, target])


def is_unpacked(arch, package):
    return os.path.exists(os.path.join(CACHE, "unpacked", arch,
                                       package + ".done"))


def _failed_lately(stamp):
    try:
        return time.time() - os.path.getmtime(stamp) < RETRY_SECONDS
    except OSError:
        return False


def unpacked(arch, package):
    """Return: a directory with one package's files, fetched if not cached"""
    suite_of(arch)
    target = os.path.join(CACHE, "unpacked", arch, package)
    done = target + ".done"
    with locked("debs"):
        if os.path.exists(done):
            return target
        deb = cached(arch, package)
        if not deb and _failed_lately(target + ".failed"):
            raise Failure(f"{package} for {arch} could not be fetched a "
                          f"moment ago (try later, or put its .deb into "
                          f"{folder(arch)})", EXIT_BROKEN, "build")
        if not deb:
            try:
                with Waiting(f"fetching {package} for {arch}"):
                    deb = Apt(arch).download([package])[0]
            except (Failure, subprocess.CalledProcessError, OSError) as why:
                text = getattr(why, "stderr", None) or str(why)
                if isinstance(text, bytes):
                    text = text.decode(errors="replace")
                os.makedirs(os.path.dirname(target), exist_ok=True)
                open(target + ".failed", "w").close()
                raise Failure(
                    f"{package} for {arch} could not be fetched from "
                    f"Debian's mirror ({complaint(text)}); "
                    f"check the network, or put its .deb into "
                    f"{folder(arch)}", EXIT_BROKEN, "build") from None
        extract(deb, target)
        open(done, "w").close()
    return target


def source(package):
    """Return: a directory with a package's upstream sources, unpatched.  They
    are the same for all machines of the suite."""
    target = os.path.join(CACHE, "unpacked", "source", package)
    with locked("debs"):
        if not os.path.exists(target + ".done"):
            arch = next(a for a in SUITE if SUITE[a] == SOURCES)
            Apt(arch, "deb-src").source(package, target + ".dsc")
            tar = glob.glob(os.path.join(target + ".dsc", "*.orig.tar.*"))
            os.makedirs(target, exist_ok=True)
            _output(["tar", "-x", "--strip-components=1", "-C", target,
                     "-f", tar[0]])
            open(target + ".done", "w").close()
    return target
