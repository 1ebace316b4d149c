package kv.workshop.scope;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import kv.workshop.Dump;

/** Finds the files that were created, renamed or removed between two listings of a folder. */
final class FileChanges {
  private FileChanges() {}

  /** Adds the differences of two listings to a list of changes. */
  static void note(Listing before, Listing after, Changes changes) {
    List<String> renamed = new ArrayList<>();
    for (Map.Entry<String, Listing.Entry> each : after.entries().entrySet()) {
      String name = each.getKey();
      Listing.Entry old = before.entries().get(name);
      boolean same = old != null && (old.key() == null || old.isSameFile(each.getValue()));
      if (same) {
        continue;
      }
      String from = oldName(each.getValue(), before, after);
      if (from != null) {
        renamed.add(from);
        changes.add(Change.ofFile("rename", name, from + " has the name " + name + " now"));
        noteMerge(before, after, name, changes);
      } else if (old == null) {
        String size = Dump.count(each.getValue().size(), "byte");
        changes.add(Change.ofFile("create", name, name + " was created, " + size));
        noteMerge(before, after, name, changes);
      } else {
        String text = "another file has the name " + name + " now";
        changes.add(Change.ofFile("create", name, text));
        noteMerge(before, after, name, changes);
      }
    }
    for (String name : before.entries().keySet()) {
      if (!after.entries().containsKey(name) && !renamed.contains(name)) {
        changes.add(Change.ofFile("remove", name, name + " was removed"));
      }
    }
  }

  /** Returns the name that a file had before, or null if it is new. */
  private static String oldName(Listing.Entry file, Listing before, Listing after) {
    for (Listing.Entry old : before.entries().values()) {
      Listing.Entry now = after.entries().get(old.name());
      if (old.isSameFile(file) && (now == null || !now.isSameFile(old))) {
        return old.name();
      }
    }
    return null;
  }

  /** Adds a merge, if a file that has come into the log replaces others. */
  private static void noteMerge(Listing before, Listing after, String name, Changes changes) {
    List<String> replaced = new ArrayList<>();
    var segment = Listing.isCopy(name) ? null : Listing.segment(name);
    for (String old : segment == null ? List.<String>of() : before.log()) {
      var its = Listing.segment(old);
      if (its != null && segment.covers(its) && after.log().contains(name)) {
        replaced.add(old);
      }
    }
    if (!replaced.isEmpty()) {
      String text = name + " replaces " + String.join(", ", replaced);
      changes.add(Change.ofFile("merge", name, text));
    } else if (name.equals(Listing.LOG) && before.entries().containsKey(name)) {
      String text = "the copy with the live records is the log now";
      changes.add(Change.ofFile("merge", name, text));
    }
  }
}
