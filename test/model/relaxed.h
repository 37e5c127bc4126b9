/* SPDX-License-Identifier: MIT */
/*
 * Memory as RISC-V has it, for models: a store stands in a buffer of its CPU,
 * one place a word, and they drain in any order; so stores pass stores and
 * loads pass stores.  A load that may pass an earlier one is made early by
 * the model itself: `early` takes the value, or does not; `late` takes it if
 * it has none yet.
 *
 * Define CPUS, VARS first; a process that uses this has a byte `me`.  Run
 * drains() in init.  fence(): all stores of this CPU are out, which is a full
 * fence, or what release does, where `early` is not used around it.
 */
#define NONE	255

byte mem[VARS];
byte buffer[CPUS * VARS] = NONE;
byte pending[CPUS];

#define at(v)	buffer[me * VARS + (v)]
#define get(v)	(at(v) != NONE -> at(v) : mem[v])

inline put(v, x)
{
	atomic { at(v) == NONE -> at(v) = x; pending[me]++ }
}

inline fence() { pending[me] == 0 }

#define early(r, v)	if :: r = get(v) :: skip fi
#define late(r, v)	if :: atomic { r == NONE -> r = get(v) } \
			:: r != NONE fi

proctype drain(byte slot)
{
end:	do
	:: atomic { buffer[slot] != NONE ->
		mem[slot % VARS] = buffer[slot];
		buffer[slot] = NONE;
		pending[slot / VARS]--
	   }
	od
}

byte slots;
inline drains()
{
	do
	:: slots < CPUS * VARS -> run drain(slots); slots++
	:: else -> break
	od
}
