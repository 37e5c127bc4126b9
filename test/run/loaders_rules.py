# SPDX-License-Identifier: MIT
"""The rules of symbols (row D17), a program with its libraries each: strength,
visibility, order, versions.  Suite `loaders` starts every one of them by our
loader, glibc's and musl's, which must all make the same of it; where musl's
does something else by design, the case says what and why.

    rule(NAME, {LIBRARY: (SOURCE, NEEDS, FLAGS)}, PROGRAM, PRINTED, ...)

A library may be linked with others that come before it in the table; none may
be called c, as musl's loader is libc.so itself.  PROGRAM is linked with those
that `needs` names, or all; FLAGS are the link editor's and compiler's.  A name that begins with ~ is a file to be linked with only: at
run time its place is taken by the library that has the same name without it.
"""
RULES = {}

PIE = ["-fPIC", "-pie"]
FIXED = ["-fno-pic", "-no-pie"]


def rule(name, libraries, program, out, flags=(), needs=None, status=0,
         preload=None, musl=None):
    """musl: (what it prints, its status, why)"""
    RULES[name] = dict(libraries={
        n: (source, *(list(rest) + [(), ()])[:2]) for n, (source, *rest)
        in libraries.items()}, program=program, out=out, flags=flags or PIE,
        needs=needs, status=status, preload=preload, musl=musl)


# ---- strength --------------------------------------------------------------

rule("weak first, strong later: the first",
     {"a": ("WEAK IS(f, 'a')",), "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "a")
rule("strong first, weak later: the first",
     {"a": ("IS(f, 'a')",), "b": ("WEAK IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "a")
rule("two weak ones: the first",
     {"a": ("WEAK IS(f, 'a')",), "b": ("WEAK IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "a")
rule("a program's weak one replaces a library's strong",
     {"a": ("IS(f, 'a') CALLS(g, f)",)},
     "WEAK IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pp")
rule("weak and nowhere: no address",
     {"a": ("WEAK int f(void); int g(void); int g(void) "
            "{ return YES(f != 0); }",)},
     "WEAK int f(void); int g(void);"
     "PROGRAM(put(YES(f != 0)); put(g());)", "nn")
rule("weak data and nowhere: no address",
     {"a": ("WEAK extern int v; int g(void); int g(void) "
            "{ return YES(&v != 0); }",)},
     "int g(void); PROGRAM(put(g());)", "n")
rule("a weak reference gets what there is",
     {"a": ("WEAK int f(void); int g(void); int g(void) "
            "{ return f ? f() : '-'; }",), "b": ("IS(f, 'b')",)},
     "int g(void); PROGRAM(put(g());)", "b")
rule("a weak reference gets the program's",
     {"a": ("WEAK int f(void); int g(void); int g(void) "
            "{ return f ? f() : '-'; }",)},
     "IS(f, 'p') int g(void); PROGRAM(put(g());)", "p")
rule("local symbols are nobody else's",
     {"a": ('__asm__(".local f\\n.type f, @function\\nf:"); IS(h, \'h\')',),
      "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "b")
rule("a static function is its file's",
     {"a": ("static __attribute__((noinline)) int f(void) { return 'a'; }"
            "CALLS(g, f)",)},
     "IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pa")
UNIQUE = ('__asm__(".type one, @gnu_unique_object"); HAS(one, %s) '
          'POINTS_DATA(%s, one)')
rule("a unique variable is one for all",
     {"a": (UNIQUE % ("'a'", "in_a"),), "b": (UNIQUE % ("'b'", "in_b"),)},
     "extern int one; void *in_a(void); void *in_b(void);"
     "PROGRAM(put(one); put(YES(in_a() == in_b())); put(YES(in_a() == &one));)",
     "ayy")
rule("a symbol without a type is found",
     {"a": ('__asm__(".data\\n.globl v\\nv: .long 97\\n.size v, 4\\n.text"); '
            "IS(h, 'h')",)},
     "extern int v; PROGRAM(put(v);)", "a")
rule("tentative definitions are one variable",
     {"a": ("extern int v; __attribute__((common)) int v; POINTS_DATA(pa, v)",),
      "b": ("extern int v; __attribute__((common)) int v; POINTS_DATA(pb, v)",)},
     "void *pa(void); void *pb(void); PROGRAM(put(YES(pa() == pb()));)", "y")
rule("in one library the strong replaces the weak",
     {"a": ("WEAK IS(f, 'w') CALLS(g, f)",
            (), ["-x", "c", "{strong}"])},
     "int g(void); PROGRAM(put(g());)", "s")

# ---- visibility ------------------------------------------------------------

rule("default: the program replaces a library's own",
     {"a": ("IS(f, 'a') CALLS(g, f)",)},
     "IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pp")
rule("default: an earlier library replaces a later's own",
     {"a": ("IS(f, 'a')",), "b": ("IS(f, 'b') CALLS(g, f)",)},
     "int g(void); PROGRAM(put(g());)", "a")
for how in ("hidden", "internal"):
    rule(f"{how}: its library's own",
         {"a": (f'VISIBLE("{how}") IS(f, \'a\') CALLS(g, f)',),
          "b": ("IS(f, 'b')",)},
         "int f(void); int g(void); PROGRAM(put(f()); put(g());)", "ba")
    rule(f"{how} data: its library's own",
         {"a": (f'VISIBLE("{how}") HAS(v, \'a\') READS(g, v)',),
          "b": ("HAS(v, 'b')",)},
         "extern int v; int g(void); PROGRAM(put(v); put(g());)", "ba")
rule("protected: its library's own, and for others",
     {"a": ("VISIBLE(\"protected\") IS(f, 'a') CALLS(g, f)",)},
     "int f(void); int g(void); PROGRAM(put(f()); put(g());)", "aa")
rule("protected: others may have another's",
     {"a": ("VISIBLE(\"protected\") IS(f, 'a') CALLS(g, f)",),
      "b": ("CALLS(h, f)",)},
     "IS(f, 'p') int g(void); int h(void);"
     "PROGRAM(put(f()); put(g()); put(h());)", "pap")
rule("protected: a pointer in data is to its library's own",
     {"a": ("VISIBLE(\"protected\") IS(f, 'a') "
            "static int (*volatile to)(void) = f; int g(void); "
            "int g(void) { return to(); }",)},
     "IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pa",
     musl=("pp", 0, "does not look at visibility: the first wins"))
rule("protected data: its library's own",
     {"a": ("VISIBLE(\"protected\") HAS(v, 'a') READS(g, v)",)},
     "HAS(v, 'p') int g(void); PROGRAM(put(v); put(g());)", "pa")
rule("protected: one address for all",
     {"a": ("VISIBLE(\"protected\") IS(f, 'a') POINTS(pa, f)",),
      "b": ("POINTS(pb, f)",)},
     "void *pa(void); void *pb(void); int f(void);"
     "PROGRAM(put(YES(pa() == pb())); put(YES(pa() == (void *)f));)", "yy")
rule("a weak protected one is its library's own",
     {"a": ("VISIBLE(\"protected\") WEAK IS(f, 'a') CALLS(g, f)",)},
     "IS(f, 'p') int g(void); PROGRAM(put(g());)", "a")
rule("a program's symbols are for those who asked when it was linked",
     {"a": ("WEAK int f(void); int g(void); int g(void) "
            "{ return f ? f() : '-'; }",)},
     "VISIBLE(\"hidden\") IS(f, 'p') int g(void); PROGRAM(put(g());)", "-")

# ---- order -----------------------------------------------------------------

rule("the library named first",
     {"a": ("IS(f, 'a')",), "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "b", needs=["b", "a"])
rule("breadth before depth",
     {"z": ("IS(f, 'c') CALLS(g, f)",), "a": ("IS(h, 'h')", ["z"]),
      "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "b", needs=["a", "b"])
rule("depth where breadth has nothing",
     {"z": ("IS(f, 'c')",), "a": ("IS(h, 'h')", ["z"]), "b": ("IS(k, 'k')",)},
     "WEAK int f(void); PROGRAM(put(f());)", "c", needs=["a", "b"],
     flags=PIE + ["-Wl,--unresolved-symbols=ignore-all", "-Wl,-z,nodefs"])
rule("a library that two need is there once",
     {"z": ("int step(void); int step(void) { static int n = '0'; "
            "return n++; }",),
      "a": ("CALLS(fa, step)", ["z"]), "b": ("CALLS(fb, step)", ["z"])},
     "int fa(void); int fb(void); PROGRAM(put(fa()); put(fb()); put(fa());)",
     "012", needs=["a", "b"])
rule("libraries that need each other",
     {"~a": ("IS(f, 'x')",), "b": ("CALLS(g, f)", ["~a"]),
      "a": ("IS(f, 'a') CALLS(h, g)", ["b"])},
     "int h(void); PROGRAM(put(h());)", "a", needs=["a"])
rule("-Bsymbolic: its own first",
     {"a": ("IS(f, 'a') CALLS(g, f)", (), ["-Wl,-Bsymbolic"])},
     "IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pa")
rule("DT_SYMBOLIC: its own first",
     {"a": ("IS(f, 'a') CALLS(g, f)", (), ["{symbolic}"])},
     "IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pa",
     musl=("pp", 0, "knows no DT_SYMBOLIC"))
rule("DT_SYMBOLIC: others' where it has none",
     {"a": ("CALLS(g, f)", (), ["{symbolic}"]), "b": ("IS(f, 'b')",)},
     "int g(void); PROGRAM(put(g());)", "b")
rule("-Bsymbolic: others' where it has none",
     {"a": ("CALLS(g, f)", (), ["-Wl,-Bsymbolic"]), "b": ("IS(f, 'b')",)},
     "int g(void); PROGRAM(put(g());)", "b")
rule("-Bsymbolic-functions: data may be replaced",
     {"a": ("IS(f, 'a') CALLS(g, f) HAS(v, 'a') READS(h, v)", (),
            ["-Wl,-Bsymbolic-functions"])},
     "IS(f, 'p') HAS(v, 'p') int g(void); int h(void);"
     "PROGRAM(put(g()); put(h());)", "ap")
rule("a preloaded library comes first",
     {"a": ("IS(f, 'a')",), "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "b", needs=["a"], preload="b")
rule("a preloaded library comes behind the program",
     {"a": ("IS(f, 'a') CALLS(g, f)",), "b": ("IS(f, 'b')",)},
     "IS(f, 'p') int g(void); PROGRAM(put(f()); put(g());)", "pp",
     needs=["a"], preload="b")
rule("a library without a use is loaded, if asked to",
     {"a": ("IS(h, 'h')",), "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "b")
for style in ("sysv", "gnu", "both"):
    rule(f"found by hash table: {style}",
         {"a": (" ".join(f"IS(f{i}, 'a' + {i})" for i in range(26))
                + " CALLS(own, f7)", (), [f"-Wl,--hash-style={style}"])},
         " ".join(f"int f{i}(void);" for i in range(26)) + "int own(void);"
         "PROGRAM(" + " ".join(f"put(f{i}());" for i in range(26))
         + "put(own());)", "abcdefghijklmnopqrstuvwxyzh")

# ---- addresses -------------------------------------------------------------

rule("an address with an addend",
     {"a": ("extern int v[4]; int v[4] = { 'a', 'b', 'c', 'd' };"
            "int *const to = &v[2]; int g(void); "
            "int g(void) { return *(int *volatile)to; }",)},
     "int g(void); PROGRAM(put(g());)", "c")
rule("data that a program of fixed addresses copies",
     {"a": ("HAS(v, 'a') READS(g, v) POINTS_DATA(p, v)",)},
     "extern int v; int g(void); void *p(void);"
     "PROGRAM(put(v); v = 'x'; put(g()); put(YES(p() == &v));)", "axy",
     flags=FIXED)
rule("a function has one address: fixed program",
     {"a": ("IS(f, 'a') POINTS(pa, f)",), "b": ("POINTS(pb, f)",)},
     "int f(void); void *pa(void); void *pb(void); PROGRAM("
     "put(YES(pa() == (void *)f)); put(YES(pb() == (void *)f)); put(f());)",
     "yya", flags=FIXED)
rule("a function has one address: movable program",
     {"a": ("IS(f, 'a') POINTS(pa, f)",), "b": ("POINTS(pb, f)",)},
     "int f(void); void *pa(void); void *pb(void); PROGRAM("
     "put(YES(pa() == (void *)f)); put(YES(pb() == (void *)f)); put(f());)",
     "yya")
rule("packed pointers",
     {"a": ("static int v[200]; int *to[200] = {" + ", ".join(
         f"[{i}] = &v[{i}]" for i in range(0, 200, 3)) + "};"
         "VISIBLE(\"hidden\") extern int *to[200]; int g(void); "
         "int g(void) { int bad = 0; for (int i = 0; i < 200; i++) "
         "bad += to[i] != (i % 3 ? 0 : &v[i]); return 'a' + bad; }", (),
         ["{packed}"])},
     "int g(void); PROGRAM(put(g());)", "a",
     musl=("n/a", None, "of the older of Debian's releases knows no RELR"))
rule("an absolute symbol is not moved",
     {"a": ('__asm__(".globl v\\n.set v, 97"); IS(h, \'h\')',)},
     "extern char v[]; PROGRAM(put((int)(long)v);)", "a",
     musl=("n/a", None, "adds the base to absolute symbols, too"))
rule("a chosen function",
     {"a": ("static int one(void) { return 'a'; } static void *choose(void) "
            "{ return (void *)one; } int f(void); "
            "__attribute__((ifunc(\"choose\"))) int f(void); CALLS(g, f)",)},
     "int f(void); int g(void); PROGRAM(put(f()); put(g());)", "aa",
     musl=("n/a", None, "knows no STT_GNU_IFUNC"))

# ---- versions --------------------------------------------------------------

TWO = ('__asm__(".symver f1, f@V1\\n.symver f2, f@@V2"); '
       "IS(f1, '1') IS(f2, '2')")
BOTH = ["{map:V1 { global: f; local: *; }; V2 { global: f; } V1;}"]
OLD = ["{map:V1 { global: f; local: *; };}"]
rule("version: the default for who was linked now",
     {"a": (TWO, (), BOTH)}, "int f(void); PROGRAM(put(f());)", "2")
rule("version: the old one for who was linked then",
     {"~a": ("IS(f, 'x')", (), OLD), "b": ("CALLS(g, f)", ["~a"]),
      "a": (TWO, (), BOTH)},
     "int f(void); int g(void); PROGRAM(put(f()); put(g());)", "21",
     needs=["b", "a"],
     musl=("22", 0, "asks for no version, and always gets the default"))
rule("version: the first for who was linked without any",
     {"~a": ("IS(f, 'x')",), "b": ("CALLS(g, f)", ["~a"]),
      "a": (TWO, (), BOTH)},
     "int f(void); int g(void); PROGRAM(put(f()); put(g());)", "21",
     needs=["b", "a"],
     musl=("22", 0, "asks for no version, and always gets the default"))
rule("version: another's symbol of another version is passed over",
     {"a": ("IS(f, 'a')", (), ["{map:VA { global: f; local: *; };}"]),
      "b": ("IS(f, 'b')", (), ["{map:VB { global: f; local: *; };}"]),
      "z": ("CALLS(g, f)", ["b"])},
     "int g(void); PROGRAM(put(g());)", "b", needs=["z", "a", "b"],
     musl=("a", 0, "asks for no version"))
rule("version: one without a version serves all",
     {"~a": ("IS(f, 'x')", (), OLD), "b": ("CALLS(g, f)", ["~a"]),
      "a": ("IS(f, 'a')",)},
     "int g(void); PROGRAM(put(g());)", "a", needs=["b", "a"])
rule("version: a program's own without one replaces it",
     {"a": ("IS(f, 'a') CALLS(g, f)", (),
            ["{map:V1 { global: f; g; local: *; };}"])},
     "IS(f, 'p') int g(void); PROGRAM(put(g());)", "p")
rule("version: a preloaded one without a version replaces it",
     {"a": ("IS(f, 'a')", (), OLD), "b": ("IS(f, 'b')",)},
     "int f(void); PROGRAM(put(f());)", "b", needs=["a"], preload="b")
rule("version: what a script makes local is hidden",
     {"a": ("IS(f, 'a') IS(k, 'a') CALLS(g, k)", (),
            ["{map:V1 { global: f; g; local: *; };}"]),
      "b": ("IS(k, 'b')",)},
     "int k(void); int g(void); PROGRAM(put(k()); put(g());)", "ba")
rule("version: one that is missing",
     {"~a": ("IS(f, 'x')", (), ["{map:V9 { global: f; local: *; };}"]),
      "b": ("CALLS(g, f)", ["~a"]), "a": ("IS(f, 'a')", (), OLD)},
     "int g(void); PROGRAM(put(g());)", None, needs=["b", "a"], status=1,
     musl=("a", 0, "asks for no version"))
rule("version: one that is missing, of a weak reference",
     {"~a": ("IS(f, 'x')", (), ["{map:V9 { global: f; local: *; };}"]),
      "b": ("WEAK int f(void); int g(void); int g(void) "
            "{ return f ? f() : '-'; }", ["~a"]),
      "a": ("IS(f, 'a')", (), OLD)},
     "int g(void); PROGRAM(put(g());)", None, needs=["b", "a"], status=1,
     musl=("a", 0, "asks for no version"))
rule("version: one that is missing, of a library that calls itself otherwise",
     {"~a": ("IS(f, 'x')", (), ["{map:V9 { global: f; local: *; };}"]),
      "b": ("CALLS(g, f)", ["~a"]),
      "a": ("IS(f, 'a')", (), [*OLD, "-Wl,-soname,libother.so"])},
     "int g(void); PROGRAM(put(g());)", None, needs=["b"], status=1,
     musl=("a", 0, "asks for no version"))
rule("version: one that is there, but not of this variable",
     {"~a": ("HAS(v, 'x') HAS(w, 'x')", (),
             ["{map:V1 { global: w; local: *; }; V9 { global: v; } V1;}"]),
      "b": ("READS(g, v)", ["~a"]),
      "a": ("HAS(v, 'a') HAS(w, 'a')", (),
            ["{map:V1 { global: v; local: *; }; V9 { global: w; } V1;}"])},
     "int g(void); PROGRAM(put(g());)", None, needs=["b", "a"], status=127,
     musl=("a", 0, "asks for no version"))

# ---- what is missing -------------------------------------------------------

rule("a function that nobody has, and nobody calls",
     {"~z": ("IS(f, 'x')",), "a": ("CALLS(g, f) IS(h, 'h')", ["~z"]),
      "z": ("IS(k, 'k')",)},
     "int h(void); PROGRAM(put(h());)", "h", needs=["a"],
     musl=(None, 127, "binds all at the start"))
rule("data that nobody has",
     {"~z": ("HAS(v, 'x')",), "a": ("READS(g, v) IS(h, 'h')", ["~z"]),
      "z": ("IS(k, 'k')",)},
     "int h(void); PROGRAM(put(h());)", None, needs=["a"], status=127)
rule("a function that nobody has, bound at the start",
     {"~z": ("IS(f, 'x')",), "a": ("CALLS(g, f) IS(h, 'h')", ["~z"],
                                  ["-Wl,-z,now"]),
      "z": ("IS(k, 'k')",)},
     "int h(void); PROGRAM(put(h());)", None, needs=["a"], status=127)
rule("a library that is not there",
     {"~a": ("IS(f, 'x')",)},
     "int f(void); PROGRAM(put(f());)", None, needs=["~a"], status=127)
