import { Redis } from 'iovalkey';
import { check } from './io.mjs';

await check(Redis);
