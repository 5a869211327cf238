// Runs a command until it is told to end, or whoever started this ends, however that happens: then the command is ended
// and its folder removed. `node keeper.mjs FOLDER PROGRAM ARGUMENT…`; told by closing standard input.
import { spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Milliseconds that the command may take to end by itself. */
const STOP_GRACE_MS = 90_000

const [folder, program, ...rest] = process.argv.slice(2)
const log = openSync(join(folder, 'keeper.log'), 'a')
// Should this be killed outright, the kernel tells the command to end (setpriv is of util-linux).
const child = spawn('setpriv', ['--pdeathsig', 'TERM', '--', program, ...rest], { stdio: ['ignore', log, log] })

let ending = false
function end() {
  if (ending) return
  ending = true
  child.kill('SIGTERM')
  setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS).unref()
}

process.stdin.on('end', end).on('error', end).resume()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, end)
child.on('error', (error) => {
  console.error(`${program}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  // Whoever waits for it sees an end that nobody asked for, and may read the log.
  if (!ending) process.exit(code || 1)
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 })
  process.exit(signal ? 1 : 0)
})
