"""Compiled loops that find phrases: hashes of beginnings, patterns, near words, and words in a row.

All of them stand in one file, because numba's cache watches only that file.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ischia.core.matching.intrinsics import kernel
from ischia.core.text.kernels import MULTIPLIER

LONGEST_HASHED = 63
POWERS = np.array([pow(0x9E3779B97F4A7C15, step, 1 << 64) for step in range(LONGEST_HASHED + 1)], np.uint64)
BEGINNINGS, LONG, MIDDLE, SHORT = 16, 9, 5, 2
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
RANKS = np.argsort([(0x03F79D71B4CB0A89 << rank) % (1 << 64) >> 58 for rank in range(64)]).astype(np.int64)
ANYWHERE, SUFFIXED, BARE = 1, 2, 4
ROOM, LONGEST_TAIL = 64, 4
FIRST_OF_CLITICS, CLITIC_LETTERS = 0x600, 256


@kernel
def sums_of(codes: Any) -> Any:
    """Return the sums from which `hashed` takes the hash of any letters in a row (Karp, Rabin, 1987)."""
    sums = np.empty(codes.size + 1, np.uint64)
    sums[0] = 0
    for place in range(codes.size):
        sums[place + 1] = sums[place] * MULTIPLIER + np.uint64(codes[place])
    return sums


@kernel
def spread(value: Any) -> Any:
    """Return a hash of which every bit depends on all bits of `value`, which is changed if it is an array."""
    value ^= value >> np.uint64(32)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(32))


@kernel
def hashed(sums: Any, first: Any, end: Any) -> Any:
    """Return the hash of letters `first` to `end` (exclusive), at most `LONGEST_HASHED`."""
    return spread(sums[end] - sums[first] * POWERS[end - first])


@kernel
def hashed_without(sums: Any, first: Any, gone: Any, end: Any) -> Any:
    """Return the hash of letters `first` to `end` but the one at `gone`; of all of them where `gone` is before them."""
    if gone < first:
        return hashed(sums, first, end)
    before = sums[gone] - sums[first] * POWERS[gone - first]
    after = sums[end] - sums[gone + 1] * POWERS[end - gone - 1]
    return spread(before * POWERS[end - gone - 1] + after)


@kernel
def beginning(sums: Any, first: Any, size: Any) -> Any:
    """Return a number below 2^`BEGINNINGS` for `size` letters from `first` on."""
    return (sums[first + size] - sums[first] * POWERS[size]) * MULTIPLIER >> np.uint64(64 - BEGINNINGS)


@kernel
def rank_of(mask: Any) -> Any:
    """Return the number of the lowest bit that is set (C. Leiserson and others, 1998: by a de Bruijn sequence)."""
    return RANKS[((mask & (~mask + np.uint64(1))) * DE_BRUIJN) >> np.uint64(58)]


@kernel
def hash_all(codes: Any, bounds: Any, most: Any) -> Any:
    """Return the hash of each string's first `most` letters; string `i` is `codes[bounds[i]:bounds[i+1]]`."""
    sums = sums_of(codes)
    out = np.empty(bounds.size - 1, np.uint64)
    for string in range(out.size):
        out[string] = hashed(sums, bounds[string], min(bounds[string + 1], bounds[string] + most))
    return out


@kernel
def hash_forms(codes: Any, bounds: Any) -> Any:
    """Return the hash of each string and of each with one letter left out, and whose each is.

    The low six bits of the second say which letter is left out, counted from 1, or 0 for none.
    """
    sums = sums_of(codes)
    size = codes.size + bounds.size - 1
    out, owners = np.empty(size, np.uint64), np.empty(size, np.int32)
    count = 0
    for string in range(bounds.size - 1):
        first, end = bounds[string], bounds[string + 1]
        for gone in range(first - 1, end):
            out[count], owners[count] = hashed_without(sums, first, gone, end), string << 6 | gone - first + 1
            count += 1
    return out, owners


@kernel
def sift(values: Any, sieve: Any, shift: Any) -> None:
    """Set the bit of each hash; `shift` leaves as many of its first bits as the sieve has places."""
    for value in values:
        place = value >> shift
        sieve[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@kernel
def sifted(value: Any, sieve: Any, shift: Any) -> Any:
    """Return whether the bit of a hash is set."""
    place = value >> shift
    return sieve[place >> np.uint64(6)] >> (place & np.uint64(63)) & np.uint64(1)


@kernel
def begin_all(codes: Any, bounds: Any, ranks: Any, flags: Any) -> Any:
    """Return which lengths begin with which letters: one bit for each rank, for words (0) and anywhere (1).

    `ranks` are by length. A string is under its first `MIDDLE` letters or `SHORT`; what is shorter still is under
    the last number, which is never computed.
    """
    sums = sums_of(codes)
    out = np.zeros((2, (1 << BEGINNINGS) + 1), np.uint64)
    for string in range(bounds.size - 1):
        length = bounds[string + 1] - bounds[string]
        place = np.uint64(1 << BEGINNINGS)
        if length >= SHORT:
            place = beginning(sums, bounds[string], MIDDLE if length >= MIDDLE else SHORT)
        out[flags[string] & ANYWHERE, place] |= np.uint64(1) << np.uint64(ranks[min(length, LONGEST_HASHED)])
    return out


@kernel
def step_on(steps: Any, state: Any, code: Any) -> Any:
    """Return the state of a trie of clitics after a letter; 0 when none goes on so."""
    symbol = np.int64(code) - FIRST_OF_CLITICS
    return steps[state, symbol] if 0 <= symbol < CLITIC_LETTERS else np.int16(0)


@kernel
def open_words(codes: Any, starts: Any, steps: Any, kinds: Any) -> Any:
    """Return at which letters a pattern may begin: 1 for bare ones, 2 for others, both where a word begins.

    Within a word it may where all that stands before is clitics; `kinds` says which bits a trie's state gives.
    """
    out = np.zeros(codes.size, np.uint8)
    for first in range(codes.size):
        if first and not starts[first]:
            continue
        out[first] = 3
        state, place = 1, first + 1
        while place < codes.size and not starts[place]:
            state = step_on(steps, state, codes[place - 1])
            if not state:
                break
            out[place] = kinds[state]
            place += 1
    return out


@kernel
def ends_well(codes: Any, starts: Any, end: Any, flags: Any, steps: Any, kinds: Any) -> Any:
    """Return whether a word ends before `end`, or what follows in its word are clitics."""
    if end == codes.size or starts[end]:
        return flags & SUFFIXED == 0
    if flags & BARE:
        return False
    state, place = np.int16(1), end
    while state and place < codes.size and not starts[place]:
        state = step_on(steps, state, codes[place])
        place += 1
    return kinds[state] > 0


@kernel
def same_runs(codes: Any, runs: Any, first: Any, needed: Any, start: Any, length: Any, classes: Any) -> Any:
    """Return whether letters are repeated as in the pattern, or three times and more; in Arabic as one likes."""
    for step in range(length):
        have, need = runs[first + step], needed[start + step]
        if have != need and have < 3 and classes[codes[first + step]] not in (1, 5):
            return False
    return True


@kernel
def same_letters(codes: Any, first: Any, flat: Any, start: Any, length: Any) -> Any:
    """Return whether the text goes on with a pattern's letters."""
    if first + length > codes.size:
        return False
    for step in range(length):  # noqa: SIM110  The compiler has no `all`.
        if codes[first + step] != flat[start + step]:
            return False
    return True


@kernel
def among(value: Any, table: Any) -> Any:
    """Return whether a number stands in a short table."""
    for other in table:  # noqa: SIM110  The compiler has no `any`.
        if other == value:
            return True
    return False


@kernel
def grown(found: Any) -> Any:
    """Return the rows with as much room again behind them."""
    larger = np.empty((2 * len(found), found.shape[1]), found.dtype)
    larger[: len(found)] = found
    return larger


@kernel
def seen_in(found: Any, size: Any) -> Any:
    """Return how often each pattern was found; asked for only when one may have been found too often."""
    seen = np.zeros(size, np.uint8)
    for row in range(len(found)):
        seen[found[row, 0]] += 1
    return seen


@kernel
def find_patterns(  # noqa: PLR0912, PLR0915  Calls would cost more than the loop.
    codes: Any, starts: Any, runs: Any, classes: Any, flat: Any, bounds: Any, needed: Any, flags: Any, lengths: Any,
    begun: Any, sieve: Any, sieve_shift: Any, table: Any, shift: Any, postings: Any,
    heads: Any, head_kinds: Any, tails: Any, tail_kinds: Any, floating: Any, most: Any, each: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) of every match where words allow it, and whether some were left out.

    Left out is what comes after `most` matches, or after `each` (to 255, 0: all) of one pattern. `lengths` are those
    hashed, longest first; the sieve has the first `LONG` letters of what is longer, too. Rows `table[b]` to
    `table[b + 1]` of `postings` are the low bits of the hashes whose first bits are `b`, and whose they are; `floating`
    says whether one may be found anywhere.
    """
    found = np.empty((ROOM, 3), np.int32)
    seen = np.zeros(0, np.uint8)
    sums, opens = sums_of(codes), open_words(codes, starts, heads, head_kinds)
    count, complete = 0, True
    long = (np.uint64(1) << np.uint64((lengths > LONG).sum())) - np.uint64(1)
    for first in range(codes.size):
        if not (opens[first] or floating):
            continue
        mask = np.uint64(0)
        for size in (0, SHORT, MIDDLE):
            place = beginning(sums, first, min(size, codes.size - first)) if size else np.uint64(1 << BEGINNINGS)
            if opens[first]:
                mask |= begun[0, place]
            if floating:
                mask |= begun[1, place]
        end = first + LONG
        if mask & long and end <= codes.size and not sifted(hashed(sums, first, end), sieve, sieve_shift):
            mask &= ~long
        while mask:
            rank = rank_of(mask)
            mask &= mask - np.uint64(1)
            if first + lengths[rank] > codes.size:
                continue
            value = hashed(sums, first, first + lengths[rank])
            if not sifted(value, sieve, sieve_shift):
                continue
            bucket, low = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF))
            for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                if postings[posting, 0] != low:
                    continue
                pattern = postings[posting, 1]
                start, kind = bounds[pattern], flags[pattern]
                length = bounds[pattern + 1] - start
                if not same_letters(codes, first, flat, start, length):
                    continue
                if not kind & ANYWHERE:
                    if not opens[first] & (1 if kind & BARE else 2):
                        continue
                    if not ends_well(codes, starts, first + length, kind, tails, tail_kinds):
                        continue
                if not same_runs(codes, runs, first, needed, start, length, classes):
                    continue
                if each and count == each and not seen.size:
                    seen = seen_in(found[:count], flags.size)
                if seen.size:
                    if seen[pattern] == each:
                        complete = False
                        continue
                    seen[pattern] += 1
                if count == most:
                    return found[:count], False
                if count == len(found):
                    found = grown(found)
                found[count, 0], found[count, 1], found[count, 2] = pattern, first, first + length
                count += 1
    return found[:count], complete


@kernel
def find_words(
    codes: Any, starts: Any, flat: Any, bounds: Any, flags: Any, sieve: Any, sieve_shift: Any, table: Any, shift: Any,
    postings: Any, heads: Any, head_kinds: Any, tails: Any, tail_kinds: Any, most: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) of every match in one word where its clitics allow it, and whether all are there.

    At most `most` are returned; the arguments are those of `find_patterns`.
    """
    found = np.empty((ROOM, 3), np.int32)
    sums, opens = sums_of(codes), open_words(codes, starts, heads, head_kinds)
    count, stop = 0, 0
    for first in range(codes.size):
        if not first or starts[first]:
            stop = first + 1
            while stop < codes.size and not starts[stop]:
                stop += 1
        if not opens[first]:
            continue
        for end in range(min(stop, first + LONGEST_HASHED), max(first, stop - LONGEST_TAIL - 1), -1):
            value = hashed(sums, first, end)
            if not sifted(value, sieve, sieve_shift):
                continue
            bucket, low = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF))
            for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                pattern = postings[posting, 1]
                if postings[posting, 0] != low or not opens[first] & (1 if flags[pattern] & BARE else 2):
                    continue
                start, length = bounds[pattern], end - first
                if bounds[pattern + 1] - start != length or not same_letters(codes, first, flat, start, length):
                    continue
                if not ends_well(codes, starts, end, flags[pattern], tails, tail_kinds):
                    continue
                if count == most:
                    return found[:count], False
                if count == len(found):
                    found = grown(found)
                found[count, 0], found[count, 1], found[count, 2] = pattern, first, end
                count += 1
    return found[:count], True


@kernel
def is_edit(codes: Any, first: Any, gone: Any, lacks: Any, flat: Any, start: Any) -> Any:
    """Return whether words that agree without their letters `gone` and `lacks` are one edit apart.

    What is before `first` stands for no letter. Of two that changed places, either can be left out; only the first of
    the text is looked at.
    """
    if gone < first or lacks < first or gone == lacks:
        return gone >= first or lacks >= first
    return lacks == gone + 1 and codes[gone] == flat[start + lacks - first]


@kernel
def find_near(  # noqa: PLR0912  Calls would cost more than the loop.
    codes: Any, starts: Any, skipped: Any, flat: Any, bounds: Any, least: Any, longest: Any, sieve: Any,
    sieve_shift: Any, table: Any, shift: Any, postings: Any, most: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) for words that are one edit from a pattern, and whether all are there.

    Up to two of the letters `skipped` may stand before the word, if `least` letters are left. At most `most` are
    returned. `postings` are of `hash_forms`: which letter each form lacks tells the edit, so the letters need not be
    compared.
    """
    found = np.empty((ROOM, 3), np.int32)
    sums = sums_of(codes)
    places = np.append(np.flatnonzero(starts), codes.size)
    count = 0
    for word in range(places.size - 1):
        end = places[word + 1]
        for first in range(places[word], min(end, places[word] + 3)):
            if first > places[word] and not among(codes[first - 1], skipped):
                break
            if end - first < least - (first == places[word]):
                break
            if end - first > longest + 1:
                continue
            equal = -1
            for gone in range(first - 1, end):
                value = hashed_without(sums, first, gone, end)
                if not sifted(value, sieve, sieve_shift):
                    continue
                bucket, low = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF))
                for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                    if postings[posting, 0] != low:
                        continue
                    pattern, lacks = postings[posting, 1] >> 6, first - 1 + np.int64(postings[posting, 1] & 63)
                    if gone < first and lacks < first:
                        equal = pattern
                    if pattern == equal or not is_edit(codes, first, gone, lacks, flat, bounds[pattern]):
                        continue
                    if count == most:
                        return found[:count], False
                    if count == len(found):
                        found = grown(found)
                    found[count, 0], found[count, 1], found[count, 2] = pattern, first, end
                    count += 1
    return found[:count], True


@kernel
def word_rows(starts: Any, exact: Any, near: Any, weak: Any) -> Any:
    """Return what each word of a text may be, and where the rows of each word begin.

    A row is (word of the list, first, end, the text's word after it, wrong letters, wrong ones in a short word,
    whether something stands before it in its word, and after it).
    """
    numbers = np.cumsum(starts)
    numbers -= numbers[0] if numbers.size else 0
    begins = np.zeros(numbers[-1] + 3 if numbers.size else 2, np.int64)
    for places in (exact, near):
        for row in range(len(places)):
            begins[numbers[places[row, 1]] + 1] += 1
    begins = np.cumsum(begins)
    rows, filled = np.empty((len(exact) + len(near), 8), np.int32), begins.copy()
    for wrong in range(2):
        places = near if wrong else exact
        for row in range(len(places)):
            word, first, end = places[row, 0], places[row, 1], places[row, 2]
            at = filled[numbers[first]]
            filled[numbers[first]] += 1
            rows[at, 0], rows[at, 1], rows[at, 2], rows[at, 3] = word, first, end, numbers[end - 1] + 1
            rows[at, 4], rows[at, 5] = wrong, wrong and weak[word]
            rows[at, 6], rows[at, 7] = first > 0 and not starts[first], end < starts.size and not starts[end]
    return rows, begins


@kernel
def push(rows: Any, row: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> None:
    """Put five numbers into a row."""
    rows[row, 0], rows[row, 1], rows[row, 2], rows[row, 3], rows[row, 4] = a, b, c, d, e


@kernel
def find_rows(  # noqa: PLR0912, PLR0915  Calls would cost more than the loop.
    starts: Any, exact: Any, near: Any, weak: Any, roots: Any, parents: Any, words: Any, going: Any, sieve: Any,
    sieve_shift: Any, table: Any, shift: Any, postings: Any, phrases: Any, ends: Any, letters: Any, least: Any,
    most: Any, each: Any, tries: Any,
) -> Any:  # fmt: skip
    """Return (phrase, first, end, wrong letters, 0) of words in a row, and whether all are there.

    Only what a search for the letters does not show: a word but the first has something before it or a word but the
    last something after it, or words have one letter wrong each; a short word only where no other word has.
    `phrases[ends[n]:ends[n + 1]]` end at node `n` of the trie, `roots` has the node of each word that begins one,
    `going` a bit of each node for every 64th word, set where one of them goes on from it.
    """
    found = np.empty((ROOM, 5), np.int32)
    seen = np.zeros(0, np.uint8)
    count, complete = 0, True
    rows, begins = word_rows(starts, exact, near, weak)
    stack = np.empty((ROOM, 5), np.int32)
    for root in range(len(rows)):
        if not roots[rows[root, 0]]:
            continue
        push(stack, 0, root, roots[rows[root, 0]], rows[root, 4], rows[root, 5], 0)
        size = 1
        while size:
            size -= 1
            row, node, wrong = stack[size, 0], stack[size, 1], stack[size, 2]
            short, changed = stack[size, 3], stack[size, 4]
            if wrong or changed:
                for place in range(ends[node], ends[node + 1]):
                    phrase = phrases[place]
                    if letters[phrase] < least:
                        continue
                    if count == each and not seen.size:
                        seen = seen_in(found[:count], letters.size)
                    if seen.size:
                        if seen[phrase] == each:
                            complete = False
                            continue
                        seen[phrase] += 1
                    if count == most:
                        return found[:count], False
                    if count == len(found):
                        found = grown(found)
                    push(found, count, phrase, rows[root, 1], rows[row, 2], wrong, 0)
                    count += 1
            ways = going[node]
            tries -= begins[rows[row, 3] + 1] - begins[rows[row, 3]]
            if tries < 0:
                return found[:count], False
            for after in range(begins[rows[row, 3]], begins[rows[row, 3] + 1]):
                if not ways >> np.uint64(rows[after, 0] & 63) & np.uint64(1):
                    continue
                both = wrong + rows[after, 4]
                if (short or rows[after, 5]) and both > 1:
                    continue
                value = spread(np.uint64(node) << np.uint64(32) | np.uint64(rows[after, 0]))
                if not sifted(value, sieve, sieve_shift):
                    continue
                bucket, low, child = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF)), np.uint32(0)
                for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                    one = postings[posting, 1]
                    if postings[posting, 0] == low and parents[one] == node and words[one] == rows[after, 0]:
                        child = one
                if not child:
                    continue
                if size == len(stack):
                    stack = grown(stack)
                push(stack, size, after, child, both, short | rows[after, 5], changed | rows[row, 7] | rows[after, 6])
                size += 1
    return found[:count], complete
