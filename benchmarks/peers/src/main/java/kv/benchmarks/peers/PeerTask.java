package kv.benchmarks.peers;

import com.google.gson.Gson;
import java.nio.file.Path;
import kv.benchmarks.harness.Data;

/**
 * A store to be measured: the input of a {@link PeerMain}, as JSON.
 *
 * @param part the part of the work
 * @param store the store
 * @param directory a directory for its files
 * @param keys the number of keys
 * @param valueLength the length of each value, in bytes
 * @param rounds the number of rounds that count
 * @param roundMillis the length of a round
 */
record PeerTask(
    PeerPart part,
    PeerStore store,
    String directory,
    int keys,
    int valueLength,
    int rounds,
    long roundMillis) {
  /** Reads a task that {@link #toJson} wrote. */
  static PeerTask parse(String json) {
    return new Gson().fromJson(json, PeerTask.class);
  }

  /** Returns the same task for another part of the work. */
  PeerTask with(PeerPart other) {
    return new PeerTask(other, store, directory, keys, valueLength, rounds, roundMillis);
  }

  String toJson() {
    return new Gson().toJson(this);
  }

  /** Returns a path in the task's directory. */
  Path resolve(String name) {
    return Path.of(directory).resolve(name);
  }

  /** Returns the number of bytes that all keys and values have together. */
  long liveBytes() {
    return (long) keys * (Data.KEY_LENGTH + valueLength);
  }
}
