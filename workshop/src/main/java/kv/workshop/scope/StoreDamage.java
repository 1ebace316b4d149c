package kv.workshop.scope;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import kv.workshop.Dump;
import kv.workshop.SegmentName;
import kv.workshop.scope.StoreFiles.Data;

/** The damage of a store: of each file, and of the files together. */
final class StoreDamage {
  private StoreDamage() {}

  /** Returns the damaged places of all files, as texts to compare. */
  static Set<String> places(StoreFiles store) {
    Set<String> places = new HashSet<>();
    for (Data data : store.all()) {
      of(store, data).forEach(damage -> places.add(data.strip.name + "@" + damage.at()));
    }
    return places;
  }

  /** Adds the places that are damaged now and were not before. */
  static void note(StoreFiles store, Set<String> before, Changes changes) {
    for (Data data : store.all()) {
      for (Damage damage : of(store, data)) {
        String file = data.strip.name;
        if (!before.contains(file + "@" + damage.at())) {
          String text = file + " is " + damage.kind() + " at offset " + damage.at() + ": ";
          changes.add(
              new Change(
                  "damage",
                  file,
                  damage.at(),
                  damage.length(),
                  null,
                  null,
                  text + damage.message()));
        }
      }
    }
  }

  /** Notes the files of the log that are shorter than the part of them that was read. */
  static void noteCuts(StoreFiles store, Listing next, Changes changes) {
    for (Data data : store.all()) {
      Listing.Entry entry = next.entries().get(data.strip.name);
      if (entry != null && entry.isSameFile(data.entry) && entry.size() < data.scan.end()) {
        String text = data.strip.name + " was cut to " + Dump.count(entry.size(), "byte");
        changes.add(new Change("cut", data.strip.name, entry.size(), -1, null, null, text));
      }
    }
  }

  /** Returns the damaged places of a file, in order, also what is wrong with its place in the log. */
  static List<Damage> of(StoreFiles store, Data data) {
    if (data.copy || data.gone) {
      return List.of();
    }
    List<Damage> damages = new ArrayList<>();
    if (data.failure != null) {
      damages.add(new Damage(0, data.entry.size(), Damage.CORRUPT, data.failure));
    }
    String gap = gapBefore(store.listing().log(), data.strip.rank);
    if (gap != null) {
      damages.add(new Damage(0, 0, Damage.CORRUPT, gap));
    }
    damages.addAll(data.scan.damages());
    FileScan scan = data.scan;
    boolean needsSeal = scan.isMerged() || data.strip.rank < store.listing().log().size() - 2;
    if (damages.isEmpty()
        && scan.version() == 2
        && needsSeal
        && data.strip.rank >= 0
        && scan.headerLength() > 0
        && !scan.isSealed()) {
      String message = "the segment has no seal: the records after this offset are missing";
      damages.add(new Damage(scan.end(), 0, Damage.CORRUPT, message));
    }
    return damages;
  }

  /** Says why a file of the log cannot follow the one before it, or returns null. */
  private static String gapBefore(List<String> log, int rank) {
    SegmentName segment = rank < 0 ? null : SegmentName.parse(log.get(rank));
    if (segment == null) {
      return null;
    }
    return segment.gapBefore(rank == 0 ? 1 : SegmentName.parse(log.get(rank - 1)).last() + 1);
  }
}
