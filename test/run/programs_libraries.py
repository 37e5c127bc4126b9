# SPDX-License-Identifier: MIT
"""Cases of the suite `programs-libraries`: shared libraries of Debian's on our
C library and runtime linker, used by test/debian/with_*.c and judged by
Debian's own commands; Debian's jemalloc and mimalloc under Debian's programs,
which ask the kernel for memory in their own ways."""

PACKAGES = ("bash", "bzip2", "coreutils", "diffutils", "expat", "grep",
            "gzip", "libbz2-1.0", "libexpat1", "libjemalloc2", "liblzma5",
            "libsqlite3-0", "libzstd1", "mawk", "sed", "sqlite3", "xz-utils",
            "zlib1g", "zstd")
# where a build has our programs, and the libraries that only they take
ADDED = {"test/debian": "/foreign", "user/glibc": "/usr/lectern/lib"}

# what is called otherwise in each of Debian's suites
MORE = {"trixie": ("libmimalloc3",), "bookworm": ("libmimalloc2.0",)}

CASES = {}

DATA = """
export PATH=/foreign:$PATH
head -c 300000 /bin/bash >data; seq 40000 >>data
"""


def case(name, script, out, status=0):
    CASES[name] = (DATA + script, out, status)


case("libc and libm are ours, the libraries are Debian's", r"""
mkfifo in
for l in z "bz2 c out" lzma zstd expat "sqlite out"; do
	set -- $l; with_$1 ${2-c} $3 <in >/dev/null 2>&1 & exec 3>in
	for i in {1..100}; do grep -q "lib$1" /proc/$!/maps && break
		sleep 0.05; done; sleep 0.5
	awk '/\.so/ { print $6 }' /proc/$!/maps | grep -v ld-linux | sort -u |
		sed 's,^\(/usr\)*/lib/[a-z0-9]*-linux-gnu,Debian,;s/\.so.*//'
	exec 3>&-; wait
done
""", "".join(f"/usr/lectern/lib/ld-lectern\n/usr/lectern/lib/libc\n{more}"
            f"Debian/lib{name}\n" for name, more in (
                ("z", ""), ("bz2", ""), ("lzma", ""), ("zstd", ""),
                ("expat", ""), ("sqlite3", "/usr/lectern/lib/libm\n"))))

case("zlib1g: gzip reads what it made, it reads what gzip made", r"""
with_z c <data >a.gz 2>crc; gzip -dc a.gz | cmp - data && echo same
gzip -c data >b.gz; with_z d <b.gz | cmp - data && echo same
test $(wc -c <a.gz) -lt $(($(wc -c <b.gz) * 101 / 100)) && echo small
gzip -lv b.gz | awk 'NR == 2 { print "crc " $2 }' | cmp - crc && echo crc
head -c 50000 b.gz | with_z d 2>&1 >/dev/null; echo $?
{ head -c -8 b.gz; printf 12345678; } | with_z d 2>&1 >/dev/null; echo $?
""", "same\nsame\nsmall\ncrc\ngzclose failed\n1\n"
     "<fd:0>: incorrect data check\n1\n")

case("libbz2-1.0: bzip2 reads what it made, it reads what bzip2 made", r"""
with_bz2 c a.bz2 <data; bzip2 -dc a.bz2 | cmp - data && echo same
bzip2 -c data >b.bz2; with_bz2 d b.bz2 | cmp - data && echo same
cmp a.bz2 b.bz2 && echo identical
head -c 9000 b.bz2 >c.bz2; with_bz2 d c.bz2 2>&1 >/dev/null; echo $?
with_bz2 d /nonesuch 2>&1; echo $?
""", "same\nsame\nidentical\nUNEXPECTED_EOF\n1\nBZ2_bzopen failed\n1\n")

case("liblzma5: xz reads what its threads made, it reads what xz made", r"""
with_lzma c <data >a.xz 2>m; cat m; xz -dc a.xz | cmp - data && echo same
xz -c data >b.xz; with_lzma d <b.xz 2>/dev/null | cmp - data && echo same
xz -l --robot a.xz | awk '$1 == "file" { print ($3 > 3), $7 }'
head -c 9000 b.xz | with_lzma d 2>&1 >/dev/null | tail -1
""", "memory 1, threads 1\nsame\nsame\n1 CRC64\nlzma_code: 10\n")

case("libzstd1: zstd reads what its workers made, a dictionary", r"""
with_zstd c <data 2>&1 >a.zst; zstd -dqc a.zst | cmp - data && echo same
zstd -qc data >b.zst; with_zstd d <b.zst | cmp - data && echo same
zstd -qt a.zst && echo sound
head -c 9000 b.zst | with_zstd d 2>&1 >/dev/null; echo $?
""", "trained\nsame\nsame\nsound\nSrc size is incorrect\n1\n")

case("libexpat1: the canonical form that xmlwf writes", r"""
{ echo '<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE a [ <!ENTITY e "some &#38;#38; <b>more</b>"> <!ATTLIST c x CDATA "y"> ]>
<a z="1" b="two &lt; 3" a="&#233;">text &e; <![CDATA[<&>]]>'
for i in $(seq 3000); do echo "<c n='$i'>$i &gt; $((i - 1))</c>"; done
printf '\351\n</a>\n'; } >doc.xml
mkdir out; xmlwf -d out doc.xml; with_expat <doc.xml | cmp - out/doc.xml &&
	echo same
sed 's,</a>,</b>,' doc.xml >bad.xml; xmlwf bad.xml | sed 's/^[^:]*://;s/:[0-9]*:/:/' >x
with_expat <bad.xml 2>y >/dev/null; echo $?; cmp x y && echo same
""", "same\n1\nsame\n")

SQL = r"""
cat >sql <<'END'
PRAGMA journal_mode = wal;
CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
	INSERT INTO t SELECT i, printf('row %05d', i * 7919 % 5000), i / 7.0
	FROM n;
CREATE INDEX tb ON t(b);
SELECT count(*), sum(a), avg(c), min(b), max(b) FROM t;
SELECT a, b, c FROM t WHERE b > 'row 04990' ORDER BY b DESC;
UPDATE t SET c = c * 1.5e-7 WHERE a % 3 = 0; DELETE FROM t WHERE a % 10 = 4;
SELECT total(c), round(avg(c), 6) FROM t;
SELECT 1.0/3, 1e300*1e10, -0.0, 123456789012345678, 0.1 + 0.2, 2.5e-308/3;
SELECT cast('1.7976931348623157e308' AS REAL), cast('4.9e-324' AS REAL),
	cast('9007199254740993' AS REAL), cast('.1e-5x' AS REAL);
SELECT strftime('%Y-%m-%d %H:%M:%S', 951782400), date('2024-02-29', '+1 year'),
	datetime(0, 'unixepoch', 'localtime'), julianday('2000-01-01');
SELECT b, group_concat(a) FROM t WHERE a < 40 GROUP BY a % 7 ORDER BY 2;
END
"""

case("libsqlite3-0: the rows that sqlite3 prints, a database that it finds sound",
     SQL + r"""
with_sqlite own.db <sql >x; echo $?; sqlite3 deb.db <sql >y; cmp x y && wc -l <x
sqlite3 own.db 'PRAGMA integrity_check; SELECT count(*) FROM t'
sqlite3 deb.db .dump >d1; sqlite3 own.db .dump | cmp - d1 && echo same
echo 'SELECT sum(a) FROM t;' | with_sqlite deb.db
echo 'SELECT nonesuch;' | with_sqlite deb.db 2>&1; echo $?
head -c 5000 /bin/bash >bad.db; echo 'SELECT * FROM t;' | with_sqlite bad.db 2>&1
echo $?
""", "0\n22\nok\n4500\nsame\n11253000\nno such column: nonesuch\n1\n"
     "file is not a database\n1\n")

case("libsqlite3-0: mathematical functions", r"""
cat >sql <<'END'
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300),
	v(x) AS (SELECT i * 0.37 - 50 FROM n)
SELECT printf('%.12g %.12g %.12g %.12g %.12g %.12g %.12g', sin(x), cos(x),
	tan(x), exp(x), sqrt(abs(x)), pow(abs(x), 1.7), mod(x, 3.1)),
	printf('%.12g %.12g %.12g %.12g %.12g', ln(abs(x)), log10(abs(x)),
	log2(abs(x)), atan(x), atan2(x, 2)),
	printf('%.12g %.12g %.12g %.12g %.12g', asin(x / 51), acos(x / 62),
	sinh(x), cosh(x), tanh(x / 9)),
	printf('%.12g %.12g %.12g', asinh(x), acosh(1 + abs(x)),
	atanh(x / 63)), ceil(x), floor(x), trunc(x) FROM v;
END
sqlite3 '' <sql >y; with_sqlite '' <sql >x; cmp x y && wc -l <x; diff x y | head -4
""", "300\n")

PRELOAD = r"""
export LD_PRELOAD=%s
grep -o '%s' /proc/self/maps | sort -u
a=(); for i in {1..20000}; do a+=("element number $i"); done; echo ${#a[@]}
seq 60000 | sort -R | sort -n | cksum
xz -T2 -1c data | xz -T2 -dc | cmp - data && echo xz
zstd -qT2 -c data | zstd -dqc | cmp - data && echo zstd
bzip2 -c data | bzip2 -dc | cmp - data && echo bzip2
sqlite3 '' 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n
	WHERE i < 20000) SELECT sum(length(hex(i))), count(DISTINCT i %% 977)
	FROM n'
for i in 1 2 3 4 5 6; do (echo child $i | tr a-z A-Z) & done | sort; wait
"""
PRELOADED = ("%s\n20000\n" "1151633447 348894\nxz\nzstd\nbzip2\n"
             "177788|977\n" + "".join(f"CHILD {i}\n" for i in range(1, 7)))

case("libjemalloc2: memory for Debian's programs",
     PRELOAD % ("libjemalloc.so.2", r"libjemalloc\.so\.2"),
     PRELOADED % "libjemalloc.so.2")

case("mimalloc under Debian's programs",
     PRELOAD % ("$(basename /usr/lib/*/libmimalloc.so.*.* | head -1)",
                r"libmimalloc\.so"),
     PRELOADED % "libmimalloc.so")
