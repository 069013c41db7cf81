# What is installed, and the Debian package: cmake --build build/release --target package
include(GNUInstallDirs)

# The package holds the program, so only that has to be built.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(FILES packaging/systemd/wakestream@.service DESTINATION lib/systemd/system)
install(FILES packaging/systemd/wakestream.sysusers DESTINATION lib/sysusers.d RENAME wakestream.conf)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES packaging/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "*.svg" PATTERN "*.png")
install(DIRECTORY examples sql DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY DESTINATION /etc/wakestream DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE
  GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME wakestream)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "wakestream <wakestream@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "change events from PostgreSQL's write-ahead log")
set(CPACK_PACKAGE_DESCRIPTION
  "wakestream reads the write-ahead log of a PostgreSQL database, turns row changes into typed events by rules written as SQL
views, and puts each of them, in commit order and exactly once, into an event log: Kafka, or files on this machine.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# Libraries by dpkg-shlibdeps; adduser for the package's own user.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS adduser)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  ${PROJECT_SOURCE_DIR}/packaging/debian/postinst
  ${PROJECT_SOURCE_DIR}/packaging/debian/prerm
  ${PROJECT_SOURCE_DIR}/packaging/debian/postrm)
include(CPack)
