/**
 * The command {@code doctor}: it finds out whether a machine is ready for the course.
 *
 * <p>Start with {@link kv.workshop.doctor.Doctor}, which lists the checks. Each of them returns a
 * {@link kv.workshop.doctor.Finding}.
 */
package kv.workshop.doctor;
