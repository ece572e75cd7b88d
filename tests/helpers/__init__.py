# SPDX-License-Identifier: Apache-2.0
"""Helpers shared by the Python tests, the benchmarks and the demo."""
