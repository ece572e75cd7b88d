# SPDX-License-Identifier: Apache-2.0
# lint.*: checks of the sources, once, in the ordinary build tree.
