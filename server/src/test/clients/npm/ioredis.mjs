import { Redis } from 'ioredis';
import { check } from './io.mjs';

await check(Redis);
