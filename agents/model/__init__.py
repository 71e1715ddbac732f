"""The road with a language model: it plans and phrases with the tools of the road without one, and is believed in nothing that can't be checked."""
