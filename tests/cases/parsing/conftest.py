from hypothesis import settings

# A machine that others use too is slow at times; that is no finding about an example.
settings.register_profile("cases", deadline=None)
settings.load_profile("cases")
