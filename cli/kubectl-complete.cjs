#!/usr/bin/env node
// What kubectl runs to complete `kubectl seal`: the same answers as other shells get, in the form that kubectl reads.

// biome-ignore lint/style/noRestrictedGlobals: the arguments are put in front of those that the command reads itself
process.argv.splice(2, 0, 'completion', '--for', 'kubectl', '--');
require('./seal.cjs');
