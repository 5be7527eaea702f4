package dev.capstan.core.decision;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Links that people copy from the pages of GitHub and GitLab, as links to the documents themselves
 * (specification: Catalogs, File Structure). Other links stay as they are.
 */
final class RepositoryLinks {
  private static final Pattern GITHUB =
      Pattern.compile("/([^/]+)/([^/]+?)(?:\\.git)?(?:/(?:tree|blob|raw)/(.+)|/?)");
  private static final Pattern GITLAB_PAGE = Pattern.compile("(/.+?)/-/(?:tree|blob)/(.+)");
  private static final Pattern GITLAB_PROJECT =
      Pattern.compile("(/[^/]+(?:/[^/]+)+?)(?:\\.git)?/?");

  private RepositoryLinks() {}

  /** The document of a function, wherever its own link leads. */
  static String document(String link) {
    URI uri = URI.create(link);
    String path = path(uri);
    Matcher github = GITHUB.matcher(path);
    if (isHost(uri, "github.com") && github.matches() && github.group(3) != null) {
      return onGitHub(github, github.group(3));
    }
    Matcher gitlab = GITLAB_PAGE.matcher(path);
    return gitlab.matches() ? onGitLab(uri, gitlab.group(1), gitlab.group(2)) : link;
  }

  /**
   * The document at {@code entry} below the root of a catalog; its default branch if none is named.
   */
  static String inCatalog(String root, String entry) {
    URI uri = URI.create(root);
    String path = path(uri);
    Matcher github = GITHUB.matcher(path);
    if (isHost(uri, "github.com") && github.matches()) {
      String place = github.group(3) == null ? "HEAD" : github.group(3);
      return onGitHub(github, below(place, entry));
    }
    Matcher page = GITLAB_PAGE.matcher(path);
    if (page.matches()) {
      return onGitLab(uri, page.group(1), below(page.group(2), entry));
    }
    Matcher project = GITLAB_PROJECT.matcher(path);
    if (isHost(uri, "gitlab.com") && project.matches()) {
      return onGitLab(uri, project.group(1), below("HEAD", entry));
    }
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    int end = root.indexOf('?') >= 0 ? root.indexOf('?') : root.length();
    return below(root.substring(0, end), entry) + query;
  }

  private static String onGitHub(Matcher repository, String place) {
    return "https://raw.githubusercontent.com/"
        + repository.group(1)
        + "/"
        + repository.group(2)
        + "/"
        + place;
  }

  private static String onGitLab(URI uri, String project, String place) {
    return uri.getScheme() + "://" + uri.getRawAuthority() + project + "/-/raw/" + place;
  }

  private static String below(String root, String entry) {
    return root.endsWith("/") ? root + entry : root + "/" + entry;
  }

  private static String path(URI uri) {
    return uri.getRawPath() == null ? "" : uri.getRawPath();
  }

  private static boolean isHost(URI uri, String host) {
    String own = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
    return own.equals(host) || own.equals("www." + host);
  }
}
