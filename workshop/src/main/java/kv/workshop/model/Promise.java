package kv.workshop.model;

import java.util.List;
import java.util.Locale;
import kv.workshop.model.Disk.Change;
import kv.workshop.model.State.Location;
import kv.workshop.model.State.Past;

/** The promises of the store, and the ways to break them. */
final class Promise {
  /** The ways to break a promise. */
  enum Kind {
    LOSES,
    RESURRECTS,
    REFUSES
  }

  /** A broken promise. */
  record Broken(Kind kind, String what) {}

  private Promise() {}

  /**
   * Returns the length of the longest part of the history, from its beginning, that has these
   * contents and contains everything promised (I10); -1 if there is none.
   */
  static int prefix(Past past, PerKey<Integer> contents) {
    for (int n = past.history().size(); n >= past.promised(); n--) {
      if (past.contents(n).equals(contents)) {
        return n;
      }
    }
    return -1;
  }

  /** Says what is wrong with an open that refuses, or finds contents without such a part. */
  static Broken brokenByOpen(Past past, Recovery found) {
    if (found.refusal != null) {
      return new Broken(Kind.REFUSES, "the open refuses " + found.refusal);
    }
    return wrong(
        past, past.promised(), found.contents, "found: %s; promised: %s, or a later state");
  }

  /** Says what is wrong if a get of a key does not return the last put; null if nothing is. */
  static Broken brokenByGet(State state) {
    if (state.process() == null) {
      return null;
    }
    PerKey<Integer> got = new PerKey<>(null, null);
    for (char key : PerKey.KEYS.toCharArray()) {
      Location location = state.process().keydir().get(key);
      if (location != null && !state.process().isOpen(location.file())) {
        return new Broken(Kind.REFUSES, "get " + key + " reads a closed file, " + location.file());
      }
      if (location != null) {
        List<Disk.Cell> cells = state.disk().file(location.file()).cells();
        got = got.with(key, cells.get(location.at()).change().value());
      }
    }
    int all = state.past().history().size();
    boolean right = got.equals(state.past().contents(all));
    return right ? null : wrong(state.past(), all, got, "gets find %s; the last puts were %s");
  }

  private static Broken wrong(Past past, int changes, PerKey<Integer> found, String message) {
    PerKey<Integer> right = past.contents(changes);
    Kind kind = Kind.LOSES;
    for (char key : PerKey.KEYS.toCharArray()) {
      Integer value = found.get(key);
      boolean there = value != null && !value.equals(right.get(key));
      // A value that was put, and is not the last one, was replaced or deleted.
      if (there && past.history().subList(0, changes).contains(new Change(key, value))) {
        kind = Kind.RESURRECTS;
      }
    }
    return new Broken(kind, String.format(Locale.ROOT, message, shown(found), shown(right)));
  }

  /** Returns contents as text: a=1, b absent. */
  static String shown(PerKey<Integer> contents) {
    return shown("a", contents.a()) + ", " + shown("b", contents.b());
  }

  private static String shown(String key, Integer value) {
    return key + (value == null ? " absent" : "=" + (value < 0 ? "garbage" : value));
  }
}
