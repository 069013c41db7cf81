#include "policy/laws.h"

#include <array>

namespace wakestream::policy {

namespace {

constexpr std::chrono::sys_days day(int year, unsigned month, unsigned of_month) {
  return std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} /
                               std::chrono::day{of_month}};
}

constexpr std::string_view european_economic_area =
    "AT BE BG HR CY CZ DK EE FI FR DE GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS LI NO";

// States, the federal district and outlying areas: ISO 3166-2:US.
constexpr std::string_view united_states =
    "US-AL US-AK US-AZ US-AR US-CA US-CO US-CT US-DE US-FL US-GA US-HI US-ID US-IL US-IN US-IA "
    "US-KS US-KY US-LA US-ME US-MD US-MA US-MI US-MN US-MS US-MO US-MT US-NE US-NV US-NH US-NJ "
    "US-NM US-NY US-NC US-ND US-OH US-OK US-OR US-PA US-RI US-SC US-SD US-TN US-TX US-UT US-VT "
    "US-VA US-WA US-WV US-WI US-WY US-DC US-AS US-GU US-MP US-PR US-UM US-VI";

constexpr std::string_view state = "us_state_privacy";
constexpr std::string_view state_health = "us_state_health_privacy";

constexpr std::array laws{
    Law{"gdpr", "", "General Data Protection Regulation", day(2018, 5, 25), european_economic_area},
    Law{"uk_gdpr", "", "UK General Data Protection Regulation", day(2021, 1, 1), "GB"},
    Law{"ch_fadp", "", "Swiss Federal Act on Data Protection, revised", day(2023, 9, 1), "CH"},
    Law{"hipaa", "", "Health Insurance Portability and Accountability Act, Privacy Rule",
        day(2003, 4, 14), united_states},
    Law{"ferpa", "", "Family Educational Rights and Privacy Act", day(1974, 11, 19), united_states},
    Law{"ccpa", state, "California Consumer Privacy Act", day(2020, 1, 1), "US-CA"},
    Law{"cpra", state, "California Privacy Rights Act", day(2023, 1, 1), "US-CA"},
    Law{"vcdpa", state, "Virginia Consumer Data Protection Act", day(2023, 1, 1), "US-VA"},
    Law{"co_cpa", state, "Colorado Privacy Act", day(2023, 7, 1), "US-CO"},
    Law{"ctdpa", state, "Connecticut Data Privacy Act", day(2023, 7, 1), "US-CT"},
    Law{"ucpa", state, "Utah Consumer Privacy Act", day(2023, 12, 31), "US-UT"},
    Law{"fdbr", state, "Florida Digital Bill of Rights", day(2024, 7, 1), "US-FL"},
    Law{"ocpa", state, "Oregon Consumer Privacy Act", day(2024, 7, 1), "US-OR"},
    Law{"tdpsa", state, "Texas Data Privacy and Security Act", day(2024, 7, 1), "US-TX"},
    Law{"mtcdpa", state, "Montana Consumer Data Privacy Act", day(2024, 10, 1), "US-MT"},
    Law{"dpdpa", state, "Delaware Personal Data Privacy Act", day(2025, 1, 1), "US-DE"},
    Law{"icdpa", state, "Iowa Consumer Data Protection Act", day(2025, 1, 1), "US-IA"},
    Law{"ndpa", state, "Nebraska Data Privacy Act", day(2025, 1, 1), "US-NE"},
    Law{"nhpa", state, "New Hampshire Privacy Act", day(2025, 1, 1), "US-NH"},
    Law{"njdpa", state, "New Jersey Data Privacy Act", day(2025, 1, 15), "US-NJ"},
    Law{"tipa", state, "Tennessee Information Protection Act", day(2025, 7, 1), "US-TN"},
    Law{"mcdpa", state, "Minnesota Consumer Data Privacy Act", day(2025, 7, 31), "US-MN"},
    Law{"modpa", state, "Maryland Online Data Privacy Act", day(2025, 10, 1), "US-MD"},
    Law{"incdpa", state, "Indiana Consumer Data Protection Act", day(2026, 1, 1), "US-IN"},
    Law{"kcdpa", state, "Kentucky Consumer Data Protection Act", day(2026, 1, 1), "US-KY"},
    Law{"ridtppa", state, "Rhode Island Data Transparency and Privacy Protection Act",
        day(2026, 1, 1), "US-RI"},
    Law{"mhmda", state_health, "Washington My Health My Data Act", day(2024, 3, 31), "US-WA"},
    Law{"nv_sb370", state_health, "Nevada Consumer Health Data Privacy Law", day(2024, 3, 31),
        "US-NV"},
};

}  // namespace

std::span<const Law> known_laws() { return laws; }

}  // namespace wakestream::policy
