// Types of the one part of node-forge in use: @types/node-forge declares its API, but not under this subpath.

declare module 'node-forge/lib/jsbn.js' {
  import { jsbn } from 'node-forge'
  export = jsbn
}
