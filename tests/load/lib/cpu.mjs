// CPU time and private memory of processes and what they have started, from /proc.
import { readFileSync, readdirSync } from 'node:fs';

const TICK_US = 10_000;

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** The process and all below it. */
export function tree(pid) {
  const all = [pid];
  for (let i = 0; i < all.length; i++) {
    let threads = [];
    try {
      threads = readdirSync(`/proc/${all[i]}/task`);
    } catch {
      continue;
    }
    for (const thread of threads) all.push(...read(`/proc/${all[i]}/task/${thread}/children`).split(' ').filter(Boolean).map(Number));
  }
  return all;
}

function cpuOf(pid) {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat ? (Number(fields[11]) + Number(fields[12])) * TICK_US : 0;
}

/** Microseconds used so far. groups: name -> pid of its first process. */
export function cpuUsed(groups) {
  return Object.fromEntries(Object.entries(groups).map(([name, pid]) => [name, tree(pid).reduce((sum, p) => sum + cpuOf(p), 0)]));
}

/** Kilobytes that only this process has. */
export function privateKb(pid) {
  return [...read(`/proc/${pid}/smaps_rollup`).matchAll(/^Private_(?:Clean|Dirty):\s+(\d+)/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
}

/** The most kilobytes that the process has had in memory. */
export const peakKb = (pid) => Number(/^VmHWM:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
