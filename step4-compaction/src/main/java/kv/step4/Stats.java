/*
 * WHAT THIS FILE IS
 *
 * The size of a store, and how much of its file is live. A compaction would reclaim the dead part.
 */
package kv.step4;

/**
 * The numbers of a store at one moment. The length of the log is the sum of 8 bytes of file
 * header, the live bytes and the dead bytes.
 *
 * @param keys number of live keys
 * @param files number of files in the log: one
 * @param liveBytes bytes of the records that a get can return, headers included
 * @param deadBytes bytes of all other records: those with a later record of the same key, and
 *     tombstones
 */
public record Stats(long keys, int files, long liveBytes, long deadBytes) {}
