import pytest
from hypothesis import settings

from tests.kernel.certificates import Certificates

# A machine that others use too is slow at times; that is no finding about an example.
settings.register_profile("kernel", deadline=None)
settings.load_profile("kernel")


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.make(tmp_path_factory.mktemp("certificates"))
