from django.urls import URLPattern, URLResolver, path

from cultivation.views import authenticity, reading, standard

urlpatterns: list[URLPattern | URLResolver] = [
    path("policies/", reading.policies, name="policies"),
    path("platforms/<platform:code>/proof/", authenticity.entry_proof, name="entry-proof"),
    path("verify/file/", authenticity.verify_file, name="verify-file"),
    path("standards/", standard.standards, name="standards"),
]
