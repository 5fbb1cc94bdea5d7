from concurrent.futures import ThreadPoolExecutor

import pytest
from packaging.requirements import InvalidRequirement

from ca_vendor.requirement.parsing import parse_requirement


def test_any_number_of_threads_may_parse() -> None:
    texts = [f"a{number}>=1; extra == 'docs' and python_version < '3.{number % 15}'" for number in range(4000)]

    with ThreadPoolExecutor(16) as pool:
        parsed = list(pool.map(parse_requirement, texts))

    assert [requirement.name for requirement in parsed] == [text.partition(">")[0] for text in texts]


def test_what_is_none_is_refused() -> None:
    with pytest.raises(InvalidRequirement):
        parse_requirement("a >>= 1")
