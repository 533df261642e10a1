#!/usr/bin/env node
const { keepCompiled } = require('../dist/cli/compile-cache.cjs')

// Before all else is loaded
keepCompiled()
const { run } = require('../dist/cli/run.cjs')

run(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode
})
