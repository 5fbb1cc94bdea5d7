"""What the arguments of intrinsic functions have to be; anything else leaves the function undecided."""

from ca_vendor.sam.symbols import UnresolvableError


def as_text(value: object) -> str:
    """The value, which must be text.

    Raises:
        UnresolvableError: it is not.
    """
    if not isinstance(value, str):
        raise UnresolvableError
    return value


def as_list(value: object) -> list[object]:
    """The value, which must be a list.

    Raises:
        UnresolvableError: it is not.
    """
    if not isinstance(value, list):
        raise UnresolvableError
    return value


def as_list_of(count: int, value: object) -> list[object]:
    """The value, which must be a list of that many items.

    Raises:
        UnresolvableError: it is not.
    """
    items = as_list(value)
    if len(items) != count:
        raise UnresolvableError
    return items
