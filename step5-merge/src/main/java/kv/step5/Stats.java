/*
 * WHAT THIS FILE IS
 *
 * What a store says of itself: how much of its files is still good for something. The dead part is
 * what a merge would give back.
 */
package kv.step5;

/**
 * A store's numbers at one moment. The log's length is 8 bytes of file header for each file, the
 * live bytes, and the dead bytes.
 *
 * @param keys live keys
 * @param files files that the log is in
 * @param liveBytes bytes of the records that a get can return, headers included
 * @param deadBytes bytes of all other records: those with a later record of the same key, and
 *     tombstones
 */
public record Stats(long keys, int files, long liveBytes, long deadBytes) {}
