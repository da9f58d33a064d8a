"""The demonstration set: made-up platforms and people, every one of them marked 示例. Never part of an official registry."""

from platforms.demo.people import accounts

__all__ = ["accounts"]
