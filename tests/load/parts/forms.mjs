// Validation of a form's document in C, on one core.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../../api/lib/stack.mjs';
import { median } from '../lib/load.mjs';
import { figure } from '../lib/report.mjs';

const RUNS = 3;

export function forms() {
  const runs = Array.from({ length: RUNS }, () => Number(execFileSync(join(ROOT, 'build/load/forms'), { encoding: 'utf8' })));
  figure('forms: documents of 60 fields validated, a second on one core', median(runs), 20_000);
}
