"""Compiled loops over code points. All kernels stand in one file, because numba's cache watches only that file.

A text is two arrays here: folded code points (uint32, separators are U+0020) and, for each, its index in the original
(int32). Every loop passes a bounded number of times over its input.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ischia.core.matching.intrinsics import kernel

SPACE = np.uint32(32)
ARABIC, LATIN, CYRILLIC, GREEK, DIGIT = 1, 2, 3, 4, 6
MOST_CLITIC = 4
SHINGLE = 9
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
LONGEST_HASHED = 63
POWERS = np.array([pow(0x9E3779B97F4A7C15, step, 1 << 64) for step in range(LONGEST_HASHED + 1)], np.uint64)
BEGINNINGS, LONG, SHORT = 16, 5, 2
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
RANKS = np.argsort([(0x03F79D71B4CB0A89 << rank) % (1 << 64) >> 58 for rank in range(64)]).astype(np.int64)
ANYWHERE, SUFFIXED, BARE = 1, 2, 4
FIRST_OF_CLITICS, CLITIC_LETTERS = 0x600, 256


@kernel
def fold_characters(source: Any, single: Any, forms: Any, dropped: Any) -> Any:
    """Put each character's form in its place; return the forms, where each comes from, and whether all were known.

    `single` gives the form of one letter, or `dropped` for none, one more for one not known yet, or else the row of
    `forms`, which ends with a zero.
    """
    size = 0
    for code in source:
        folded = single[code]
        if folded == dropped + 1:
            return np.empty(0, np.uint32), np.empty(0, np.int32), False
        row, step = np.int64(folded) - dropped - 2, 0
        while row >= 0 and forms[row, step]:
            step += 1
        size += step if row >= 0 else folded != dropped
    out, origin = np.empty(size, np.uint32), np.empty(size, np.int32)
    at = 0
    for place in range(source.size):
        folded = single[source[place]]
        if folded < dropped:
            out[at], origin[at] = folded, place
            at += 1
            continue
        row, step = np.int64(folded) - dropped - 2, 0
        while row >= 0 and forms[row, step]:
            out[at], origin[at] = forms[row, step], place
            at += 1
            step += 1
    return out, origin, True


@kernel
def space_words(codes: Any, is_letter: Any) -> Any:
    """Return the codes with one space between words and none at the ends, and the number of letters."""
    out = np.empty(codes.size, np.uint32)
    size, letters, space = 0, 0, False
    for code in codes:
        if code == SPACE:
            space = size > 0
            continue
        if space:
            out[size] = SPACE
            size += 1
            space = False
        out[size] = code
        size += 1
        letters += is_letter[code]
    return out[:size], letters


@kernel
def write_out(codes: Any, offsets: Any, pairs: Any, letters: Any) -> Any:
    """Write Latin letters as the Arabic ones of chat spelling; `pairs` are (first, second, letter), `letters` single.

    Returns letters, their offsets, and whether there was a Latin letter.
    """
    out, origin = np.empty(codes.size, np.uint32), np.empty(codes.size, np.int32)
    size, place, latin = 0, 0, False
    while place < codes.size:
        code, step = codes[place], 1
        latin |= ord("a") <= code <= ord("z")
        out[size], origin[size] = letters[code] or code, offsets[place]
        if code < 128 and code != SPACE and place + 1 < codes.size:
            for pair in pairs:
                if pair[0] == code and pair[1] == codes[place + 1]:
                    out[size], step = pair[2], 2
        size += 1
        place += step
    return out[:size], origin[:size], latin


@kernel
def differing(codes: Any, offsets: Any, others: Any, other_offsets: Any) -> Any:
    """Return which letters are not in the other reading, or come after or before what it alone has."""
    last = 0
    for place in offsets:
        last = max(last, place)
    for place in other_offsets:
        last = max(last, place)
    there = np.zeros(last + 1, np.uint32)
    for place in range(others.size):
        there[other_offsets[place]] = others[place]
    out = np.empty(codes.size, np.bool_)
    before = -1
    for place in range(codes.size):
        at = offsets[place]
        out[place] = there[at] != codes[place]
        for between in range(min(before, at) + 1, max(before, at)):
            if there[between]:
                out[place] = True
                break
        before = at
    for between in range(before + 1, last + 1):
        if there[between]:
            out[-1] = True
    return out


@kernel
def near(wanted: Any, reach: Any) -> Any:
    """Return 1 for what is within `reach` places of one that is wanted, 2 for the first place of all else."""
    out = np.zeros(wanted.size, np.uint8)
    last = -1 - reach
    for place in range(wanted.size):
        last = place if wanted[place] else last
        out[place] = place - last <= reach
    last = wanted.size + reach
    for place in range(wanted.size - 1, -1, -1):
        last = place if wanted[place] else last
        out[place] |= last - place <= reach
    for place in range(wanted.size):
        if not out[place] and (not place or out[place - 1] == 1):
            out[place] = 2
    return out


@kernel
def span_all(offsets: Any, places: Any) -> Any:
    """Return the first and the end of the offsets of each (pattern, first, end)."""
    out = np.empty((len(places), 2), np.int64)
    for row in range(len(places)):
        least = most = offsets[places[row, 1]]
        for place in range(places[row, 1], places[row, 2]):
            least, most = min(least, offsets[place]), max(most, offsets[place])
        out[row, 0], out[row, 1] = least, most + 1
    return out


@kernel
def tell_words(codes: Any, classes: Any, counts: Any, start: Any) -> Any:
    """Count the scripts of the word that begins at `start`; return where it ends."""
    counts[:] = 0
    place = start
    while place < codes.size and codes[place] != SPACE:
        counts[classes[codes[place]]] += 1
        place += 1
    return place


@kernel
def has_mixed_words(codes: Any, classes: Any) -> Any:
    """Return whether a word holds letters of two scripts, or letters and digits."""
    seen = 0
    for place in range(codes.size):
        code = codes[place]
        if code == SPACE:
            seen = 0
            continue
        seen |= 1 << classes[code]
        if seen > 1 and seen & (seen - 1) and seen & 0b11110:
            return True
    return False


@kernel
def clean_words(codes: Any, offsets: Any, classes: Any, shapes: Any, leet: Any, to_latin: Any, to_cyrillic: Any) -> Any:
    """Read each word in one script: what is foreign in it becomes its look-alike, or goes where it has none.

    `shapes` maps what stands in Arabic words (all zeros: it goes).
    """
    out = np.empty(codes.size, np.uint32)
    origin = np.empty(codes.size, np.int32)
    counts = np.zeros(8, np.int64)
    size = 0
    start = 0
    while start < codes.size:
        if codes[start] == SPACE:
            out[size], origin[size] = SPACE, offsets[start]
            size += 1
            start += 1
            continue
        end = tell_words(codes, classes, counts, start)
        foreign = counts[LATIN] + counts[DIGIT]
        for place in range(start, end):
            code = codes[place]
            kind = classes[code]
            if counts[ARABIC] and foreign:
                if kind in (LATIN, DIGIT):
                    code = shapes[code]
            elif counts[LATIN] and counts[LATIN] >= counts[CYRILLIC]:
                if kind == DIGIT and leet[code] and counts[LATIN] >= counts[DIGIT]:
                    code = leet[code]
                elif kind in (CYRILLIC, GREEK) and to_latin[code]:
                    code = to_latin[code]
            elif counts[CYRILLIC] and foreign and kind in (LATIN, DIGIT) and to_cyrillic[code]:
                code = to_cyrillic[code]
            if code:
                out[size], origin[size] = code, offsets[place]
                size += 1
        start = end
    return out[:size], origin[:size]


@kernel
def pack(codes: Any, offsets: Any, table: Any, squeeze: Any) -> Any:
    """Map each letter by `table`, drop the spaces and, if `squeeze`, all but the first of equal letters in a row.

    Returns letters, their offsets, whether a word begins there, and how many equal letters each stands for (to 255).
    Equal letters in two words stay two, unless both are words of one letter: those are a word written apart.
    """
    out = np.empty(codes.size, np.uint32)
    origin = np.empty(codes.size, np.int32)
    starts = np.empty(codes.size, np.bool_)
    runs = np.empty(codes.size, np.uint8)
    size = 0
    begins, alone = True, False
    for place in range(codes.size):
        if codes[place] == SPACE:
            begins = True
            continue
        code = table[codes[place]]
        if code == 0:
            continue
        last = place + 1 == codes.size or codes[place + 1] == SPACE
        if squeeze and size and out[size - 1] == code and (not begins or (alone and last)):
            runs[size - 1] = min(255, runs[size - 1] + 1)
            alone = alone and begins and last
            begins = False
            continue
        out[size], origin[size], starts[size], runs[size] = code, offsets[place], begins, 1
        size += 1
        alone = begins and last
        begins = False
    return out[:size], origin[:size], starts[:size], runs[:size]


@kernel
def shingle(codes: Any, table: Any) -> Any:
    """Return the hash of every nine consonants in a row, and the index in `codes` of the first and last of each."""
    kept = np.empty(codes.size, np.uint64)
    places = np.empty(codes.size, np.int32)
    size = 0
    previous = np.uint32(0)
    for place in range(codes.size):
        code = table[codes[place]]
        if code and code != previous:
            kept[size], places[size] = np.uint64(code), place
            size += 1
            previous = code
    count = max(0, size - SHINGLE + 1)
    hashes = np.empty(count, np.uint64)
    power = np.uint64(1)
    for _ in range(SHINGLE):
        power *= MULTIPLIER
    value = np.uint64(0)
    for place in range(size):
        value = value * MULTIPLIER + kept[place]
        if place >= SHINGLE:
            value -= power * kept[place - SHINGLE]
        if place >= SHINGLE - 1:
            mixed = value ^ (value >> np.uint64(31))
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(0x94D049BB133111EB)
            hashes[place - SHINGLE + 1] = mixed ^ (mixed >> np.uint64(32))
    return hashes, places[:size]


@kernel
def winnow(hashes: Any, window: Any) -> Any:
    """Mark the least hash of every `window` in a row (Schleimer, Wilkerson, Aiken: Winnowing, 2003), last first."""
    chosen = np.zeros(hashes.size, np.bool_)
    if hashes.size <= window:
        chosen[:] = True
        return chosen
    least = -1
    for place in range(hashes.size - window + 1):
        end = place + window
        if least < place:
            least = place
            for other in range(place, end):
                if hashes[other] <= hashes[least]:
                    least = other
        elif hashes[end - 1] <= hashes[least]:
            least = end - 1
        chosen[least] = True
    return chosen


@kernel
def find_postings(probe: Any, table: Any, shift: Any, lows: Any, ids: Any, most: Any, room: Any) -> Any:
    """Return (index in `probe`, id) of every posting with a probe's hash; hashes with more than `most` are passed over.

    `table[h >> shift]` is where the bucket of a hash begins, `lows` are the low 32 bits, sorted in each bucket.
    """
    where = np.empty(room, np.int32)
    which = np.empty(room, np.uint32)
    count = 0
    for place in range(probe.size):
        bucket = probe[place] >> shift
        low, first, last = np.uint32(probe[place] & np.uint64(0xFFFFFFFF)), table[bucket], table[bucket + np.uint64(1)]
        left, right = np.int64(first), np.int64(last)
        while left < right:
            middle = (left + right) >> 1
            if lows[middle] < low:
                left = middle + 1
            else:
                right = middle
        end = left
        while end < last and lows[end] == low and end - left <= most:
            end += 1
        if end - left > most:
            continue
        for posting in range(left, end):
            if count == room:
                return where, which, count
            where[count], which[count] = place, ids[posting]
            count += 1
    return where, which, count


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
    """Return a hash of which every bit depends on all bits of `value`."""
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
def hash_all(codes: Any, bounds: Any) -> Any:
    """Return the hash of each string's first `LONGEST_HASHED` letters; string `i` is `codes[bounds[i]:bounds[i+1]]`."""
    sums = sums_of(codes)
    out = np.empty(bounds.size - 1, np.uint64)
    for string in range(out.size):
        out[string] = hashed(sums, bounds[string], min(bounds[string + 1], bounds[string] + LONGEST_HASHED))
    return out


@kernel
def hash_forms(codes: Any, bounds: Any) -> Any:
    """Return the hash of each string and of each with one letter left out, and whose each is."""
    sums = sums_of(codes)
    size = codes.size + bounds.size - 1
    out, owners = np.empty(size, np.uint64), np.empty(size, np.int32)
    count = 0
    for string in range(bounds.size - 1):
        first, end = bounds[string], bounds[string + 1]
        for gone in range(first - 1, end):
            out[count], owners[count] = hashed_without(sums, first, gone, end), string
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

    `ranks` are by length. A string is under its first `LONG` letters, or `SHORT`; what is shorter still is under the
    last number, which is never computed.
    """
    sums = sums_of(codes)
    out = np.zeros((2, (1 << BEGINNINGS) + 1), np.uint64)
    for string in range(bounds.size - 1):
        length = bounds[string + 1] - bounds[string]
        place = np.uint64(1 << BEGINNINGS)
        if length >= SHORT:
            place = beginning(sums, bounds[string], LONG if length >= LONG else SHORT)
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
def find_patterns(  # noqa: PLR0912  Calls would cost more than the loop.
    codes: Any, starts: Any, runs: Any, classes: Any, flat: Any, bounds: Any, needed: Any, flags: Any, lengths: Any,
    begun: Any, sieve: Any, sieve_shift: Any, table: Any, shift: Any, lows: Any, order: Any,
    heads: Any, head_kinds: Any, tails: Any, tail_kinds: Any, most: Any, each: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) of every match where words allow it, and whether some were left out.

    Left out is what comes after `most` matches, or after `each` (to 255, 0: all) of one pattern. `lengths` are those
    hashed, longest first; `lows[table[b]:table[b + 1]]` are the low bits of hashes whose first bits are `b`, `order`
    whose they are.
    """
    found = np.empty((most, 3), np.int32)
    seen = np.zeros(flags.size, np.uint8)
    sums, opens = sums_of(codes), open_words(codes, starts, heads, head_kinds)
    count, complete = 0, True
    floating = begun[1].any()
    for first in range(codes.size):
        if not (opens[first] or floating):
            continue
        mask = np.uint64(0)
        for size in (0, SHORT, LONG):
            place = beginning(sums, first, min(size, codes.size - first)) if size else np.uint64(1 << BEGINNINGS)
            if opens[first]:
                mask |= begun[0, place]
            if floating:
                mask |= begun[1, place]
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
                if lows[posting] != low:
                    continue
                pattern = order[posting]
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
                if each and seen[pattern] == each:
                    complete = False
                    continue
                if count == most:
                    return found, False
                seen[pattern] += each > 0
                found[count, 0], found[count, 1], found[count, 2] = pattern, first, first + length
                count += 1
    return found[:count], complete


@kernel
def one_edit(codes: Any, first: Any, end: Any, flat: Any, start: Any, stop: Any) -> Any:
    """Return whether two words are one edit apart: a letter more, less or another, or two that changed places."""
    long, short = end - first, stop - start
    if abs(long - short) > 1:
        return False
    head = 0
    while head < min(long, short) and codes[first + head] == flat[start + head]:
        head += 1
    tail = 0
    while tail < min(long, short) - head and codes[end - 1 - tail] == flat[stop - 1 - tail]:
        tail += 1
    if head + tail >= max(long, short) - 1:
        return True
    return (
        long == short
        and head + tail == long - 2
        and codes[first + head] == flat[start + head + 1]
        and codes[first + head + 1] == flat[start + head]
    )


@kernel
def find_near(  # noqa: PLR0912  Calls would cost more than the loop.
    codes: Any, starts: Any, counts: Any, skipped: Any, flat: Any, bounds: Any, least: Any, longest: Any, sieve: Any,
    sieve_shift: Any, table: Any, shift: Any, lows: Any, owners: Any, most: Any, each: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) for words that are one edit from a pattern, and whether some were left out.

    As many words are looked at together as `counts` names, with up to two of the letters `skipped` before them. At
    most `most` are returned, at most `each` of one pattern.
    """
    found = np.empty((most, 3), np.int32)
    seen = np.zeros(bounds.size - 1, np.uint8)
    sums = sums_of(codes)
    places = np.append(np.flatnonzero(starts), codes.size)
    count, complete = 0, True
    for word in range(places.size - 1):
        for number in counts:
            if word + number >= places.size or places[word + number] - places[word] > longest + 3:
                break
            end = places[word + number]
            for first in range(places[word], places[word] + 3):
                if first > places[word] and not (skipped == codes[first - 1]).any():
                    break
                if end - first < least - 1:
                    break
                if end - first > longest + 1:
                    continue
                here = count
                for gone in range(first - 1, end):
                    value = hashed_without(sums, first, gone, end)
                    if not sifted(value, sieve, sieve_shift):
                        continue
                    bucket, low = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF))
                    for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                        pattern = owners[posting]
                        if lows[posting] != low or (found[here:count, 0] == pattern).any():
                            continue
                        if not one_edit(codes, first, end, flat, bounds[pattern], bounds[pattern + 1]):
                            continue
                        if seen[pattern] == each:
                            complete = False
                            continue
                        if count == most:
                            return found, False
                        seen[pattern] += 1
                        found[count, 0], found[count, 1], found[count, 2] = pattern, first, end
                        count += 1
    return found[:count], complete


@kernel
def spell_all(codes: Any, starts: Any, bounds: Any, vowels: Any, article: Any, silent: Any, special: Any) -> Any:
    """Return how each phrase may be spelled in chat, as tokens, and where each phrase's tokens begin.

    A token is (letter, least and most vowels before it, whether it may be left out, least and most vowels after it
    beside those of the next). The first of a phrase stands for its beginning. `special` are the letters of a
    preposition before it and of an ending, `article` alef and lam, `silent` the heh that ends a word.
    """
    tokens = np.zeros((2 * codes.size + 2 * bounds.size + 2 * np.sum(starts), 6), np.int16)
    begins = np.zeros(bounds.size, np.int64)
    size = 0
    for phrase in range(bounds.size - 1):
        tokens[size, 0], tokens[size + 1, 0], tokens[size + 1, 2], tokens[size + 1, 3] = -1, special[0], 2, 1
        size += 2
        first = bounds[phrase]
        while first < bounds[phrase + 1]:
            end = first + 1
            while end < bounds[phrase + 1] and not starts[end]:
                end += 1
            place, last = first, end
            if end - first > 3 and codes[first] == article[0] and codes[first + 1] == article[1]:
                tokens[size, 0], tokens[size, 2], tokens[size, 3] = article[1] - FIRST_OF_CLITICS, 4, 1
                size += 1
                place += 2
            if codes[last - 1] == silent:
                last -= 1
            consonants, before = 0, 0
            for letter in range(place, last):
                consonants += not vowels[codes[letter] - FIRST_OF_CLITICS]
            scarce = consonants <= 3
            for letter in range(place, last):
                symbol = codes[letter] - FIRST_OF_CLITICS
                if vowels[symbol]:
                    before += 1
                    continue
                tokens[size, 0], tokens[size, 1], tokens[size, 2] = symbol, scarce and before > 0, 5 + 3 * before
                size += 1
                before = 0
            if before:
                back = size - 1
                while True:
                    tokens[back, 4] += scarce
                    tokens[back, 5] += 2 + 3 * before
                    if not tokens[back, 3]:
                        break
                    back -= 1
            if last < end:
                tokens[size, 0], tokens[size, 2], tokens[size, 3] = special[1], 2, 1
                size += 1
            first = end
        begins[phrase + 1] = size
    return tokens[:size], begins


@kernel
def is_spelled(codes: Any, first: Any, end: Any, tokens: Any, vowels: Any, allowed: Any) -> Any:
    """Return whether letters can be a spelling of the phrase with these tokens, at most 64.

    One bit of the state stands for each token that may have been the last one, so every letter is looked at once.
    """
    states, gap = np.uint64(1), 0
    for place in range(first, end):
        symbol = np.int64(codes[place]) - FIRST_OF_CLITICS
        if not 0 <= symbol < CLITIC_LETTERS:
            return False
        if vowels[symbol]:
            gap += 1
            continue
        after = np.uint64(0)
        for last in range(len(tokens)):
            if not states >> np.uint64(last) & np.uint64(1):
                continue
            least, most = tokens[last, 4], tokens[last, 5]
            for token in range(last + 1, len(tokens)):
                if least + tokens[token, 1] <= gap <= most + tokens[token, 2] and allowed[tokens[token, 0], symbol]:
                    after |= np.uint64(1) << np.uint64(token)
                if not tokens[token, 3]:
                    break
        states, gap = after, 0
        if not states:
            return False
    for last in range(len(tokens) - 1, -1, -1):
        if states >> np.uint64(last) & np.uint64(1) and tokens[last, 4] <= gap <= tokens[last, 5] + 3:
            return True
        if not tokens[last, 3]:
            break
    return False


@kernel
def spelled(codes: Any, places: Any, tokens: Any, begins: Any, vowels: Any, allowed: Any, each: Any) -> Any:
    """Return which of (phrase, first, end) can be spellings, at most `each` of one phrase, and whether more could."""
    out = np.zeros(len(places), np.bool_)
    seen = np.zeros(begins.size, np.int32)
    complete = True
    for row in range(len(places)):
        phrase = places[row, 0]
        own = tokens[begins[phrase] : begins[phrase + 1]]
        if is_spelled(codes, places[row, 1], places[row, 2], own, vowels, allowed):
            if seen[phrase] == each:
                complete = False
                continue
            seen[phrase] += 1
            out[row] = True
    return out, complete
