"""Whether a page's content has operators that lack operands (ISO 32000-2, 7.8.2).

Most viewers pass over such an operator. Poppler, and with it Evince and Okular, reads nothing of
the content that follows, a mark after it included; within a form only the form is cut short.
"""

from __future__ import annotations

import re

from .balance import STRING, WHITE, without_inline_images

# How many operands an operator needs (Annex A.2); `SC` and its kin take as many as there are.
NEEDED = {
    operator.encode(): number
    for number, operators in {
        1: "w J j M ri i gs Tc Tw Tz TL Tr Ts Tj TJ ' CS cs G g sh Do MP BMC",
        2: "m l d Tf Td TD DP BDC",
        3: 'RG rg "',
        4: "re v y K k",
        6: "c cm Tm d1",
    }.items()
    for operator in operators.split()
}
NONE_NEEDED = b"q Q BT ET EMC n f F f* B B* b b* s S h W W* T* BX EX".split()
# Between white space alone a property list or an array often sticks to its tag or to its bracket,
# so that two operands look like one, or like three.
NEEDED_APART = {**dict.fromkeys(NONE_NEEDED, 0), **NEEDED, b"BDC": 1, b"DP": 1, b"d": 1}
AFTER_NUMBERS_AND_NAMES = b":"  # in the order of bytes
OTHER_OPERANDS = (b"true", b"false", b"null")
NUMBER_BEGINS = b"+-.0123456789"
# Content beyond this is taken for sound: machines write such, and every word takes time.
MOST_BYTES = 1 << 20
# The groups are brackets that open, that close, words, and operands.
WORDS = (
    rb"(\[|<<)|(\]|>>)|%[^\r\n]*+"
    rb"|([^" + WHITE + rb"()<>\[\]/%]++)"
    rb"|(" + STRING + rb"|<[^<>]*+>|/[^" + WHITE + rb"()<>\[\]{}/%]*+)"
)


def lacks_operands(content: bytes) -> bool:
    """Whether an operator of decoded content has too few operands, in a time linear in its length.

    Content whose words between white space add up at a glance is not read closely, for speed. The
    glance overlooks operators that stick to something else, and operands in comments.
    """
    if len(content) > MOST_BYTES or _adds_up(content):
        return False
    bare, _ = without_inline_images(content)
    operands = nesting = 0
    for found in re.finditer(WORDS, bare, re.DOTALL):
        opens, closes, word, operand = found.groups()
        if opens:
            operands += not nesting
            nesting += 1
        elif closes:
            nesting = max(0, nesting - 1)
        elif nesting:
            continue
        elif operand or (word and (word[0] in NUMBER_BEGINS or word in OTHER_OPERANDS)):
            operands += 1
        elif word:
            if operands < NEEDED.get(word, 0):
                return True
            operands = 0
    return False


def _adds_up(content: bytes) -> bool:
    """Whether enough words stand before each word that may be an operator, and fitting ones."""
    words = content.split()
    before = -1
    for index, needed in enumerate(map(NEEDED_APART.get, words)):
        if needed:
            if index - before <= needed:
                return False
            before = index
            if needed == 1:
                if words[index - 1].isalnum() and words[index - 1][:1].isalpha():
                    return False
            elif needed == 6 and max(words[index - 6 : index]) >= AFTER_NUMBERS_AND_NAMES:
                return False
        elif needed == 0:
            before = index
    return True
