"""The baseline: the same records behind a plain Django REST framework, as a careful programmer writes it on the first day.

Generated serializers, ``ModelViewSet``, the framework's own page numbers, filters and search; joins and prefetches as they
should be, settings as ``startproject`` leaves them.
"""
